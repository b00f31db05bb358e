"""`vladva adapters delete`: only what nothing needs any more goes, and only when that is meant."""

from pathlib import Path

import pytest
from app_adapters import load_with_adapter, write_adapter
from app_colours import paint
from click.testing import CliRunner

import vladva.encoders
from vladva.app.__main__ import cli, run
from vladva.app.adapters import PACKAGED, Adapters
from vladva.indexes.library import Library


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of six photos with two adapters, none of them in use."""
    monkeypatch.setattr(vladva.encoders, "load_encoder", load_with_adapter)
    folder = tmp_path / "library"
    assert run(["--library", str(folder), "index", str(paint(tmp_path / "photos"))]) == 0
    with Library.open(folder, create=False) as library:
        for name in ("one", "two"):
            Adapters(library).keep(
                write_adapter(tmp_path / name, name.encode()), name, "mini", "accepted"
            )
    return folder


def names(place: Path) -> list[str]:
    with Library.open(place, create=False) as library:
        return [kept.name for kept in Adapters(library).all()]


def delete(place: Path, *words: str) -> int:
    return run(["--library", str(place), "adapters", "delete", *words])


def test_an_adapter_goes_with_its_files_and_its_record(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert delete(place, "one", "--yes") == 0
    assert "one is deleted." in capfd.readouterr().out
    assert names(place) == ["two"]
    assert [file.name for file in (place / "adapters").iterdir()] == ["two"]
    with Library.open(place, create=False) as library:
        again = write_adapter(place.parent / "other", b"other")
        assert Adapters(library).keep(again, "one", "mini").verdict is None
    assert delete(place, "thre", "--yes") == 1
    assert "It has: one, two" in capfd.readouterr().err


def test_what_is_chosen_or_searched_by_stays(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    library = ["--library", str(place)]
    assert run([*library, "adapters", "use", "one"]) == 0
    assert delete(place, "one", "--yes") == 1
    assert "is in use for mini" in capfd.readouterr().err
    assert run([*library, "index", str(place.parent / "photos")]) == 0
    assert run([*library, "adapters", "rollback"]) == 0
    assert delete(place, "one", "--yes") == 1
    assert "still searched by the adapter 'one'" in capfd.readouterr().err
    assert run([*library, "search", "red", "--no-server"]) == 0
    assert run([*library, "index", str(place.parent / "photos")]) == 0
    assert delete(place, "one", "--yes") == 0
    assert names(place) == ["two"]


def test_it_is_asked_first_and_nobody_there_means_no(place: Path) -> None:
    words = ["--library", str(place), "adapters", "delete", "one"]
    for answer, code, left in (("n\n", 1, 2), ("", 1, 2), ("y\n", 0, 1)):
        asked = CliRunner().invoke(cli, words, input=answer)
        assert asked.exit_code == code
        assert "for good?" in asked.output
        assert len(names(place)) == left


def test_a_deleted_adapter_is_no_way_back(place: Path) -> None:
    with Library.open(place, create=False) as library:
        adapters = Adapters(library)
        for name in ("one", "two", PACKAGED):
            adapters.choose("mini", name)
        adapters.drop("one")
        assert adapters.rollback().after == "two"
        assert adapters.rollback().after == PACKAGED
        assert adapters.back() is None
