"""The demo: drawn once, measured by the facts of the scenes, in a library of its own."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from app_colours import ColourEncoder, load_colours

import vladva.encoders
import vladva.toyland.planted
from vladva.app import demo as ours
from vladva.app.__main__ import run
from vladva.app.beside import drawn_folder
from vladva.errors import ConfigError
from vladva.indexes.library import Library
from vladva.toyland.planted import Demo, plan, true_scenes

SMALL = plan(0, 24, queries=2)


def oracle(folder: Path, demo: Demo) -> Callable[[str, int], list[str]]:
    def search(text: str, limit: int) -> list[str]:
        query = next(query for query in demo.queries if query.text == text)
        right = true_scenes(query, demo.scenes)[:limit]
        return [str(folder.resolve() / f"scene_{at:05}.jpg") for at in right]

    return search


def test_the_scenes_are_drawn_once_beside_the_library(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        drawn = list(ours.draw_demo(library, SMALL))
        assert drawn[-1] == (tmp_path / "library-drawn", 24, 24)
        assert len(list((tmp_path / "library-drawn").glob("scene_*.jpg"))) == 24
        assert list(ours.draw_demo(library, SMALL)) == drawn[-1:]
        assert len(list(ours.draw_demo(library, plan(1, 24, queries=2)))) == 24


def test_drawing_can_be_stopped_and_goes_on_later(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with Library.open(tmp_path / "library", create=True) as library:
        assert len(list(ours.draw_demo(library, SMALL, stop))) == 1
        assert len(list(ours.draw_demo(library, SMALL))) == 24


def test_precision_is_one_for_an_oracle_and_chance_lies_far_below(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        folder = drawn_folder(library.folder)
        found = ours.answers(SMALL, folder, oracle(folder, SMALL))
        measured = ours.precision(SMALL, folder, found, library)
        assert (measured.simple, measured.related) == (1, 1)
        assert 0 < measured.chance_simple < 0.5
        assert ours.precision(SMALL, folder, found, library) == measured  # chance is kept


def test_hits_from_elsewhere_and_no_hits_are_wrong(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        folder = drawn_folder(library.folder)
        elsewhere = ours.answers(SMALL, folder, oracle(tmp_path, SMALL))
        nothing = ours.answers(SMALL, folder, lambda _text, _k: [])
        for found in (elsewhere, nothing):
            measured = ours.precision(SMALL, folder, found, library)
            assert (measured.simple, measured.related) == (0, 0)


def test_a_ranking_without_a_library_puts_the_best_first(tmp_path: Path) -> None:
    from app_colours import paint

    paths = sorted(paint(tmp_path).glob("*.jpg"))
    *counts, search = ours.ranking(ColourEncoder(), paths)
    assert counts == [len(paths)]
    assert callable(search)
    assert [Path(path).stem for path in search("a blue wall", 1)] == ["blue"]


def test_a_library_in_use_with_another_encoder_is_left_alone(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        ours.check_free(library)
        library.activate("siglip2-base", "f", 768)
        with pytest.raises(ConfigError, match="siglip2-base"):
            ours.check_free(library)


def test_the_examples_are_short_and_of_both_sorts() -> None:
    texts = ours.example_texts(SMALL)
    related = {query.text: query.has_relation for query in SMALL.queries}
    assert [related[text] for text in texts] == [False, True]


def test_the_command_draws_indexes_answers_and_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vladva.encoders, "load_encoder", load_colours)
    monkeypatch.setattr(vladva.toyland.planted, "plan", lambda seed, count: plan(seed, count, 2))
    call = ["--library", str(tmp_path / "library"), "demo", "--no-ui", "--count", "24"]
    assert run([*call, "--baseline", "zero-shot"]) == 0
    told = capsys.readouterr().out
    assert "Indexed 24 photos" in told
    assert "✗" in told
    assert SMALL.queries[0].text[:40] in told
    heads = next(line for line in told.splitlines() if line.startswith("Precision@5")).split()
    assert heads == ["Precision@5", "mini", "zero-shot", "chance"]
    rows = [line.split()[-3:] for line in told.splitlines() if "a relation" in line]
    assert [row[0] for row in rows] == [row[1] for row in rows]  # the same encoder twice
    assert "search" in told.splitlines()[-1]
    assert all(len(line) <= 100 for line in told.splitlines()[:-1])
    assert run(call) == 0
    assert "24 unchanged" in capsys.readouterr().out
