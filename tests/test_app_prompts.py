"""`vladva prompts`: its figures, its refusals, what it writes."""

import json
from pathlib import Path
from typing import Any

import pytest
import tiny
from PIL import Image

import vladva.encoders
from vladva.app import figures_prompts
from vladva.app.__main__ import run
from vladva.app.present_prompts import advice, table
from vladva.app.prompting import Comparison, sample
from vladva.errors import DataError
from vladva.prompt_choice import Compared, SideFigures, in_order
from vladva.prompts import PROMPTS, candidates

FIGURES = ["figure-2-entropy", "figure-3-variance", "figure-5-recall"]
PAIRS = ["--pair", "gist", "--pair", "count", "--pair", "gist"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six pictures, two captions each; and one picture that is none."""
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(6):
        tiny.picture(60, 60, number).save(folder / f"{number}.png")
        (folder / f"{number}.txt").write_text(f"picture {number}\nthe number {number}\n")
    return folder


def objects(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> Any:
    assert run(["prompts", *args, "--model", str(tiny.checkpoint("mini")), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_json_has_every_pair_in_the_order_of_the_rule_and_says_which_is_best(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = objects(capsys, str(data), *PAIRS)
    assert (told["pictures"], told["texts"], told["vocabulary"]) == (6, 12, 420)
    assert told["in_use"] == "scene"
    assert sorted(pair["name"] for pair in told["pairs"]) == ["count", "gist"]
    assert [pair["place"] for pair in told["pairs"]] == [1, 2]
    assert told["recommended"] == told["pairs"][0]["name"]
    for pair in told["pairs"]:
        assert pair["image"] == PROMPTS[pair["name"]].image
        for side in ("image", "text"):
            assert 0 < pair["entropy_nats"][side] <= told["max_entropy_nats"]
            assert 1 <= pair["effective_rank"][side] <= 11
            steps = [*pair["axes_for_variance"][side].values()]
            assert steps == sorted(steps)
        assert 0 <= pair["image_R@1"] <= 100
    assert told["files"] == []


def test_all_candidates_are_compared_where_none_is_named(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = objects(capsys, str(data), "--limit", "2")
    assert told["pictures"] == 2
    assert {pair["name"] for pair in told["pairs"]} == {pair.name for pair in candidates()}


def test_out_has_the_numbers_and_each_figure_twice_and_the_same_every_time(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = objects(capsys, str(data), *PAIRS, "--out", str(tmp_path / "new" / "out"))
    names = ["prompts.json", *(f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg"))]
    assert told["files"] == [str(tmp_path / "new" / "out" / name) for name in names]
    written = json.loads(Path(told["files"][0]).read_text())
    curves = written["pairs"][0].pop("cumulative_variance")
    assert len(curves["image"]) == 6
    assert curves["image"][-1] == pytest.approx(1)
    assert written["pairs"][0] == told["pairs"][0]
    before = [Path(file).read_bytes() for file in told["files"]]
    objects(capsys, str(data), *PAIRS, "--out", str(tmp_path / "new" / "out"))
    assert [Path(file).read_bytes() for file in told["files"]] == before


def test_a_picture_that_is_none_is_skipped_aloud_and_the_rest_compared(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "3.png").write_bytes(b"no picture")
    args = ["prompts", str(data), *PAIRS, "--model", str(tiny.checkpoint("mini")), "--json"]
    assert run(args) == 3
    said = capsys.readouterr()
    assert json.loads(said.out)["pictures"] == 5
    assert "skipped 3.png: " in said.err


def test_a_limit_takes_pictures_from_the_whole_of_the_data(data: Path) -> None:
    encoder: Any = vladva.encoders.load_encoder(str(tiny.checkpoint("mini")), device="cpu")
    found = sample(data, encoder.prepare, 3)
    assert [item.text for item in found.items[::2]] == ["picture 0", "picture 2", "picture 5"]
    assert [item.picture for item in found.items] == [0, 0, 1, 1, 2, 2]


def test_rows_of_one_picture_are_one_picture_with_all_their_captions(data: Path) -> None:
    rows = [{"image": "0.png", "short": f"caption {n}"} for n in range(7)]
    rows += [{"image": "1.png", "short": "the other", "long": "never read " * 30}]
    file = data / "rows.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    encoder: Any = vladva.encoders.load_encoder(str(tiny.checkpoint("mini")), device="cpu")
    found = sample(file, encoder.prepare, 10)
    assert len(found.pictures) == 2
    assert [item.text for item in found.items] == [f"caption {n}" for n in range(5)] + ["the other"]


def test_one_picture_alone_tells_nothing_apart(tmp_path: Path) -> None:
    tiny.PICTURES[0].save(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("a dog")
    encoder: Any = vladva.encoders.load_encoder(str(tiny.checkpoint("mini")), device="cpu")
    with pytest.raises(DataError, match="fewer than two"):
        sample(tmp_path, encoder.prepare, 10)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--model", "siglip2-base"], "siglip2-base has two towers"),
        (["--model", "mini", "--pair", "gists"], "Did you mean gist?"),
        (["--model", "mini", "--pair", "qwen3-vl-embedding"], "stands in the system turn only"),
    ],
)
def test_what_cannot_be_compared_is_said_before_a_model_is_loaded(
    args: list[str],
    said: str,
    data: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(*_args: object, **_options: object) -> None:
        raise AssertionError

    monkeypatch.setattr(vladva.encoders, "load_encoder", load)
    assert run(["prompts", str(data), *args]) == 1
    assert said in capsys.readouterr().err


def test_two_towers_in_a_folder_are_refused_too(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["prompts", str(data), "--model", str(tiny.checkpoint("clip"))]) == 1
    assert "no summary token" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_an_error_with_a_remedy(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(data / "0.txt" / "out")
    args = ["prompts", str(data), *PAIRS, "--model", str(tiny.checkpoint("mini"))]
    assert run([*args, "--out", out]) == 1
    assert "No figures can be written to" in capsys.readouterr().err


def made(count: int) -> Comparison:
    """Pairs whose recall falls as their entropy does; the first has everything."""
    pairs = []
    for n, pair in enumerate(candidates()[:count]):
        side = SideFigures(5 - n / 20, 9 - n / 10, (pair_axes := _axes(n)))
        assert len(pair_axes) == 8
        pairs.append(Compared(pair, side, side, {"image_R@1": 60.0 - n, "text_R@1": 50.0 - n}))
    return Comparison("mini", "/data", 10, 50, 400, pairs[3].pair.name, in_order(pairs))


def _axes(n: int) -> Any:
    import numpy as np

    return np.linspace(0.2 + n / 200, 1, 8)


def test_the_table_fits_a_terminal_and_names_what_is_remarkable() -> None:
    found = made(30)
    lines = table(found).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line[:3].strip().isdigit() for line in lines) == 10
    assert "and 20 more" in lines[-1]
    told = advice(found)
    assert f"Recommended by entropy and variance: {candidates()[0].name}" in told
    assert f"In use: {candidates()[3].name}" in told
    assert "+1.00 (pictures by text)" in told
    assert "correlation" not in advice(made(5))


def test_the_figures_have_every_pair_and_look_alike_at_any_number_of_them(tmp_path: Path) -> None:
    for count in (4, 30):
        files = figures_prompts.draw(made(count), tmp_path)
        assert [file.name for file in files[::2]] == [f"{name}.png" for name in FIGURES]
        words = (tmp_path / "figure-2-entropy.svg").read_text()
        assert all(f">{pair.name}<" in words for pair in candidates()[:count])
        assert "recommended, best recall" in words
        with Image.open(files[0]) as drawn:
            assert drawn.convert("RGB").getpixel((2, drawn.height - 2)) == (255, 255, 255)
