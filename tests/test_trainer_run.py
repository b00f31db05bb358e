"""A whole run on a tiny model: events in order, an adapter at the end, and nothing lost between."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny
import torch
from safetensors.torch import load_file

from vladva.encoders import load_encoder
from vladva.errors import ConfigError, DataError, TrainingError, Unsupported
from vladva.trainer import loop
from vladva.trainer.events import Evaluated, Event, Saved, Skipped, Started, Step, Summary
from vladva.trainer.run import Settings, start

COLOURS = ("red", "green", "blue", "white", "black", "yellow")


@pytest.fixture(autouse=True)
def _denormals_as_they_were() -> Iterator[None]:
    yield
    torch.set_flush_denormal(False)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows = []
    for number in range(48):
        tiny.picture(40, 30, seed=number).save(folder / f"{number}.png")
        words = f"a {COLOURS[number % 6]} dog {number // 6}"
        rows.append({"image": f"{number}.png", "short": words, "long": f"{words} on a table"})
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder / "rows.jsonl"


def settings(data: Path, out: Path, *changes: str, **more: object) -> Settings:
    told = ("optim.steps=6", "data.batch=8", "run.save_every=2", "run.eval_every=4", *changes)
    model = str(tiny.checkpoint("mini"))
    return Settings(data, out, model=model, changes=told, **more)  # type: ignore[arg-type]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter.safetensors")


def test_a_run_tells_what_it_does_and_leaves_an_adapter(data: Path, tmp_path: Path) -> None:
    events = list(start(settings(data, tmp_path / "out")))
    first = next(e for e in events if isinstance(e, Started))
    assert (first.rows + first.held_out, first.bad_rows, first.steps) == (48, 0, 6)
    assert 0 < first.trainable < first.total
    assert [e.step for e in events if isinstance(e, Saved)] == [2, 4, 6]
    assert [e.step for e in events if isinstance(e, Evaluated)] == [0, 4, 6]
    steps = [e for e in events if isinstance(e, Step)]
    assert steps[-1].step == 6
    assert all(e.contrastive > 0 and e.autoregressive > 0 for e in steps)
    last = events[-1]
    assert isinstance(last, Summary)
    assert last.verdict in ("accepted", "refused", "undecided")
    lines = (tmp_path / "out" / "journal.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == [e.kind for e in events]
    tuned = load_encoder(str(tiny.checkpoint("mini")), adapter=tmp_path / "out")
    bare = load_encoder(str(tiny.checkpoint("mini")), adapter=None)
    assert tuned.fingerprint != bare.fingerprint
    assert abs(tuned.encode_texts(["a red dog"]) - bare.encode_texts(["a red dog"])).max() > 1e-6


@pytest.mark.parametrize("workers", [0, 1])
def test_a_run_that_is_stopped_and_goes_on_is_the_run_that_was_not(
    data: Path, tmp_path: Path, workers: int
) -> None:
    list(start(settings(data, tmp_path / "whole")))
    stop = threading.Event()
    told = settings(data, tmp_path / "parts", f"data.workers={workers}", stop=stop)
    stopped: list[Event] = []
    for event in start(told):
        stopped.append(event)
        if isinstance(event, Saved) and event.step == 2:
            stop.set()
    last = stopped[-1]
    assert isinstance(last, Summary)
    assert last.verdict is None
    assert last.stopped == "stopped after step 2 of 6"
    assert not (tmp_path / "parts" / "adapter.json").exists()
    again = list(start(settings(data, tmp_path / "parts", resume=True)))
    assert next(e for e in again if isinstance(e, Started)).first_step == 2
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_minutes_that_are_not_yet_steps_are_remembered(data: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    ends = ("run.save_every=1", "optim.minutes=0.05", "data.batch=8")
    told = {"model": str(tiny.checkpoint("mini")), "changes": ends}
    for event in start(Settings(data, tmp_path / "out", stop=stop, **told)):  # type: ignore[arg-type]
        if isinstance(event, Saved):
            stop.set()
    again = list(start(Settings(data, tmp_path / "out", resume=True, **told)))  # type: ignore[arg-type]
    last = again[-1]
    assert isinstance(last, Summary)
    assert last.verdict is not None
    assert last.steps < 900  # and not the guess that stands until the rate is known


def test_a_run_that_is_stopped_while_it_prepares_says_so(data: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    *_, last = start(settings(data, tmp_path / "out", stop=stop))
    assert isinstance(last, Summary)
    assert last.stopped == "stopped before the first step"
    *_, last = start(settings(data, tmp_path / "out", "optim.steps=1", resume=True))
    assert isinstance(last, Summary)
    assert last.verdict is not None


def stopped_run(data: Path, out: Path) -> None:
    stop = threading.Event()
    for event in start(settings(data, out, stop=stop)):
        if isinstance(event, Saved):
            stop.set()


def test_other_settings_cannot_go_on_with_a_run(data: Path, tmp_path: Path) -> None:
    stopped_run(data, tmp_path / "out")
    told = settings(data, tmp_path / "out", "optim.lr=0.5", "run.save_every=3", resume=True)
    with pytest.raises(ConfigError, match=r"optim\.lr was .* is 0\.5") as caught:
        list(start(told))
    assert "save_every" not in caught.value.message


def test_other_data_cannot_go_on_with_a_run(data: Path, tmp_path: Path) -> None:
    stopped_run(data, tmp_path / "out")
    other = data.with_name("other.jsonl")
    other.write_text("\n".join(data.read_text().splitlines()[:-4]))
    with pytest.raises(ConfigError, match="training data is another"):
        list(start(settings(other, tmp_path / "out", resume=True)))


def test_a_folder_of_something_else_is_left_alone(data: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(ConfigError, match=r"such as README\.md"):
        list(start(settings(data, tmp_path)))
    assert [file.name for file in tmp_path.iterdir()] == ["README.md"]


def test_rows_without_any_short_caption_cannot_be_judged(data: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in data.read_text().splitlines()]
    for row in rows:
        del row["short"]
    long = data.with_name("long.jsonl")
    long.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(DataError, match="no adapter could be judged"):
        list(start(settings(long, tmp_path / "out")))


def test_what_is_there_is_not_overwritten(data: Path, tmp_path: Path) -> None:
    list(start(settings(data, tmp_path / "out")))
    before = (tmp_path / "out" / "adapter.safetensors").read_bytes()
    with pytest.raises(ConfigError, match="holds an adapter already"):
        list(start(settings(data, tmp_path / "out")))
    assert (tmp_path / "out" / "adapter.safetensors").read_bytes() == before


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_checkpoint(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = loop.backward
    calls: list[int] = []

    def spoiled(*args: object, **options: object) -> object:
        losses = real(*args, **options)  # type: ignore[arg-type]
        calls.append(1)
        if len(calls) == 4:
            losses.contrastive.fill_(float("nan"))
        return losses

    monkeypatch.setattr(loop, "backward", spoiled)
    events: list[Event] = []
    with pytest.raises(TrainingError, match="finite") as caught:
        events.extend(start(settings(data, tmp_path / "out")))
    assert "optim.lr" in caught.value.hint
    kept = [p.name for p in (tmp_path / "out" / "checkpoints").iterdir()]
    assert kept == ["step-00000002"]


def test_a_picture_that_vanishes_costs_its_row(data: Path, tmp_path: Path) -> None:
    told = settings(data, tmp_path / "out", "data.cache_features=false", "data.allow_bad=0.1")
    for number in (7, 8, 9):
        (data.parent / f"{number}.png").rename(data.parent / f"{number}.gone")
    try:
        with pytest.raises(DataError, match=r"rows\.jsonl:8"):
            list(start(settings(data, tmp_path / "none")))
        assert not (tmp_path / "none").exists()
        events = list(start(told))
    finally:
        for number in (7, 8, 9):
            (data.parent / f"{number}.gone").rename(data.parent / f"{number}.png")
    assert next(e for e in events if isinstance(e, Started)).bad_rows == 3
    skipped = [e.row for e in events if isinstance(e, Skipped)]
    assert skipped == ["rows.jsonl:8", "rows.jsonl:9", "rows.jsonl:10"]
    assert isinstance(events[-1], Summary)


def test_a_two_tower_model_cannot_be_tuned(data: Path, tmp_path: Path) -> None:
    for model in (str(tiny.checkpoint("clip")), "siglip2-base"):
        with pytest.raises(Unsupported, match="two towers"):
            list(start(Settings(data, tmp_path / "out", model=model)))


def test_towers_that_learn_are_read_anew_for_every_evaluation(data: Path, tmp_path: Path) -> None:
    told = settings(data, tmp_path / "out", "adapter.vision=true", "optim.lr=0.01")
    list(start(told))
    assert any(name.startswith("vision.") for name in weights(tmp_path / "out"))
    assert not (tmp_path / "out" / "features").exists()


def test_an_adapter_in_use_is_gone_on_from_and_judged_against(data: Path, tmp_path: Path) -> None:
    list(start(settings(data, tmp_path / "first", "optim.lr=0.01", "adapter.rank=4")))
    in_use = tmp_path / "first"
    events = list(start(settings(data, tmp_path / "second", "optim.steps=1", in_use=in_use)))
    assert {k: v.shape for k, v in weights(in_use).items()} == {
        k: v.shape for k, v in weights(tmp_path / "second").items()
    }
    first = next(e for e in events if isinstance(e, Evaluated))
    journal = (in_use / "journal.jsonl").read_text().splitlines()
    ended = [json.loads(line) for line in journal if json.loads(line)["event"] == "eval"][-1]
    assert first.metrics["log_loss"] == pytest.approx(ended["metrics"]["log_loss"], abs=1e-4)
