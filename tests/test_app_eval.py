"""`vladva eval`: what is judged, its figures as text and as JSON, and what a model cannot do."""

import json
from pathlib import Path
from typing import Any

import benches
import pytest
import tiny
from app_adapters import write_adapter
from app_colours import ColourEncoder

import vladva.encoders
from vladva.app import cli_eval, evaluation
from vladva.app.__main__ import run
from vladva.app.evaluation import evaluate, judged, load
from vladva.benchmarks.paper import paper_tables, source
from vladva.benchmarks.registry import Setup
from vladva.errors import ConfigError
from vladva.indexes.library import Library
from vladva.protocols import Encoder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """What was loaded: (model, adapter), with stand-ins for benchmarks and encoders."""
    benches.put_in(monkeypatch)
    loads: list[tuple[str, object]] = []

    def load(name: str, *, adapter: object = "packaged", **_options: object) -> Encoder:
        loads.append((name, adapter))
        return ColourEncoder(name)

    monkeypatch.setattr(vladva.encoders, "load_encoder", load)
    monkeypatch.setattr(cli_eval, "ensure", lambda _name: None)
    return loads


def call(tmp_path: Path, *args: str) -> int:
    return run(["--library", str(tmp_path / "library"), "eval", *args])


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (line,) = capsys.readouterr().out.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_metric_stands_beside_its_controls_and_percent_are_percent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    assert call(tmp_path, "toyland-sugarcrepe", "--model", "mini") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "mini, no adapter; seed 0"
    heads, first, mean = (line.split() for line in lines[2:])
    assert heads == ["toyland-sugarcrepe", "percent", "text", "only", "bag", "of", "words"]
    assert first == ["replace_obj", "93.2", "51.0", "100.0"]
    assert mean == ["mean", "80.0", "–", "–"]
    assert asked == [("mini", "packaged")]


def test_the_json_is_that_of_the_contract_and_one_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    names = ["toyland-sugarcrepe", "toyland-retrieval", "toyland-sugarcrepe"]
    options = ["--model", "mini", "--adapter", "none", "--seed", "5", "--count", "7", "--json"]
    assert call(tmp_path, *names, *options, "--unseen", "--unseen-words") == 0
    found = told(capsys)
    assert (found["model"], found["adapter"]) == ("mini", "none")
    assert list(found["results"]) == names[:2]
    assert found["results"]["toyland-sugarcrepe"] == {**benches.FIGURES, "mean": 7.0}
    assert found["setup"] == {"seed": 5, "count": 7, "unseen": True, "unseen_words": True}
    assert not {"paper", "skipped"} & set(found)
    assert asked == [("mini", None)]


def test_a_benchmark_that_a_model_cannot_do_is_skipped_and_the_others_still_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    names = ["toyland-questions", "toyland-sugarcrepe"]
    assert call(tmp_path, *names, "--model", "mini", "--json") == 3
    found = told(capsys)
    assert list(found["results"]) == ["toyland-sugarcrepe"]
    assert "can neither caption nor answer" in found["skipped"]["toyland-questions"]
    assert call(tmp_path, *names, "--model", "mini") == 3
    said = capsys.readouterr()
    assert "skipped toyland-questions: mini only embeds" in said.err
    assert "replace_obj" in said.out


def test_a_benchmark_is_named_before_its_items_are_drawn(
    asked: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    models = load(judged(Path("/nowhere"), "mini", None), "cpu", vladva.encoders.load_encoder)
    monkeypatch.setattr(evaluation, "run", lambda name, *_rest: told.append(f"run {name}"))
    names = ["toyland-sugarcrepe", "toyland-retrieval"]
    list(evaluate(models, names, Setup(), lambda name, _done, _total: told.append(name)))
    assert told == [names[0], f"run {names[0]}", names[1], f"run {names[1]}"]


def test_wrong_names_are_usage_errors_told_all_at_once_each_with_its_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    assert call(tmp_path, "toyland-sugarcrape", "toyland-retrieva", "zzz") == 2
    said = capsys.readouterr().err
    assert "'toyland-sugarcrape', but 'toyland-sugarcrepe' is one" in said
    assert "'toyland-retrieva', but 'toyland-retrieval' is one" in said
    assert "no benchmark is called 'zzz'. " in said
    assert call(tmp_path, "toyland-sugarcrepe", "--count", "0") == 2
    assert call(tmp_path, "toyland-sugarcrepe", "--seed", "-1") == 2
    assert asked == []


def test_without_a_name_the_benchmarks_are_listed_with_one_line_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    assert call(tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "drawn: no data needed"
    assert [line.split()[0] for line in lines[1:]] == list(benches.SCORES)
    assert all(line.endswith("asks") for line in lines[1:])
    assert call(tmp_path, "--list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == list(benches.SCORES)
    assert asked == []


def test_the_papers_figures_stand_beside_ours_and_all_of_them_are_in_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    args = ["toyland-sugarcrepe", "--model", "mini", "--compare", "paper"]
    assert call(tmp_path, *args) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(i for i, line in enumerate(lines) if "the paper, SugarCrepe" in line)
    assert [line.split() for line in lines[at + 1 : at + 3]] == [["repl."], ["obj"]]
    (table,) = paper_tables("toyland-sugarcrepe")
    rows = {" ".join(line.split()[:-1]): line.split()[-1] for line in lines[at + 3 :]}
    assert rows["mini"] == "93.2"
    assert {name.rstrip("*") for name in rows} >= set(table.rows)
    assert (rows["CLIP (ViT-B)"], rows["VladVA (LLaVA-1.5-7B)*"]) == ("90.9", "98.1")
    assert "2412.04378" in lines[-1]
    assert max(len(line) for line in lines) < 80
    assert call(tmp_path, *args, "toyland-questions", "--json") == 3
    found = told(capsys)
    assert found["paper"] == {"toyland-sugarcrepe": {"SugarCrepe": table.rows}}
    assert found["paper_source"] == source()
    assert {"Human", "VladVA (LLaVA-1.5-13B)"} < set(found["paper_figures_only"])


def test_without_a_name_the_model_is_the_librarys_and_a_named_one_wins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        library.activate("qwen2-vl-2b", "f", 4)
    assert call(tmp_path, "toyland-sugarcrepe") == 0
    assert call(tmp_path, "toyland-sugarcrepe", "--model", "mini") == 0
    assert asked == [("qwen2-vl-2b", "packaged"), ("mini", "packaged")]


def test_an_adapters_folder_brings_its_base_and_nothing_is_copied_into_the_library(
    tmp_path: Path,
) -> None:
    library = tmp_path / "library"
    folder = write_adapter(tmp_path / "mine")
    alone = judged(library, None, str(folder))
    assert (alone.model, alone.adapter, alone.folder) == ("mini", str(folder), folder)
    with Library.open(library, create=True) as opened:
        opened.activate("qwen2-vl-2b", "f", 4)
    beside = judged(library, None, str(folder))
    assert (beside.model, beside.folder) == ("mini", folder)
    assert not (library / "adapters").exists()
    with pytest.raises(ConfigError, match="no adapter called 'gone'"):
        judged(library, None, "gone")
    with pytest.raises(ConfigError, match="no adapter 'gone'"):
        judged(tmp_path / "none", None, "gone")


def test_a_true_lvlm_answers_and_its_adapter_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    benches.put_in(monkeypatch)
    base = str(tiny.checkpoint("mini"))
    names = ["toyland-questions", "toyland-retrieval"]
    assert call(tmp_path, *names, "--model", base, "--device", "cpu", "--json") == 0
    found = told(capsys)
    assert found["adapter"] == "none"
    assert found["results"]["toyland-questions"] == {"things": 99.0}
    assert found["results"]["toyland-retrieval"]["image_R@1"] == pytest.approx(100, abs=1e-3)


def test_the_packaged_mini_is_judged_by_the_drawn_benchmarks_themselves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["toyland-sugarcrepe", "toyland-questions"]
    assert call(tmp_path, *names, "--model", "mini", "--count", "2", "--json") == 0
    found = told(capsys)
    assert (found["model"], found["adapter"]) == ("mini", "packaged")
    for name, metric in zip(names, ("swap_att", "relation"), strict=True):
        for key in (metric, f"{metric}_text_only", f"{metric}_bag_of_words"):
            assert 0 <= found["results"][name][key] <= 100


def test_stage_two_stands_beside_what_it_did_not_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = str(tiny.checkpoint("mini"))
    names = ["toyland-winoground", "toyland-edits"]
    options = ["--model", base, "--device", "cpu", "--count", "2", "--json"]
    assert call(tmp_path, *names, *options) == 0
    alone = told(capsys)
    assert not {"results_generator", "results_fusion"} & set(alone)
    assert call(tmp_path, *names, *options, "--verify") == 0
    both = told(capsys)
    assert both["results"] == alone["results"]
    for key in ("results_generator", "results_fusion"):
        assert list(both[key]) == names[:1]
        assert list(both[key]["toyland-winoground"]) == ["text", "image", "group"]


def test_a_model_without_words_cannot_be_asked_and_says_so_before_anything_is_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    assert call(tmp_path, "toyland-sugarcrepe", "--model", "mini", "--verify") == 1
    said = capsys.readouterr()
    assert "can neither caption nor answer" in said.err
    assert "replace_obj" not in said.out
