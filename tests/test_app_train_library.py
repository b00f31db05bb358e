"""`vladva train --from-library`: its photos, its base, and what it never touches."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import app_fakes
import app_stage
import pytest
from app_colours import COLOURS, paint
from app_stage import FEW, Play, Stage, objects, played, train

from vladva.app import training
from vladva.errors import ConfigError, DataError, LibraryError
from vladva.indexes.library import Library

on_stage = app_stage.on_stage


def test_the_library_gives_its_captioned_photos(
    on_stage: Callable[[Play], Stage], tmp_path: Path
) -> None:
    photos, folder, out = paint(tmp_path / "photos"), tmp_path / "library", tmp_path / "out"
    (photos / "blue.txt").write_text("a blue wall\n\n the sea\n", encoding="utf-8")
    (photos / "black.txt").unlink()
    for name in ("another.jpg", "the last.jpg"):  # of the same content: once, with its caption
        shutil.copy(photos / "red.jpg", photos / name)
    with Library.open(folder, create=True) as library:
        app_fakes.index(library, photos)
    (photos / "white.jpg").unlink()
    stage = on_stage(played("refused"))
    train("--from-library", "--out", str(out), *FEW, library=folder)
    assert stage.asked[0].data == out / "library.jsonl"
    rows = objects((out / "library.jsonl").read_text(encoding="utf-8"))
    assert {row["image"]: row["caption"] for row in rows} == {
        str(photos / "red.jpg"): ["a red wall"],
        str(photos / "green.jpg"): ["a green wall"],
        str(photos / "blue.jpg"): ["a blue wall", "the sea"],
        str(photos / "yellow.jpg"): ["a yellow wall"],
    }
    (photos / "green.jpg").unlink()
    train("--from-library", "--out", str(out), *FEW, "--resume", library=folder)
    assert len(objects((out / "library.jsonl").read_text(encoding="utf-8"))) == 4
    train("--from-library", "--out", str(tmp_path / "anew"), *FEW, library=folder)
    assert len(objects((tmp_path / "anew" / "library.jsonl").read_text(encoding="utf-8"))) == 3


def test_a_library_without_captions_offers_to_have_them_written(
    on_stage: Callable[[Play], Stage], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, folder = paint(tmp_path / "photos", captions=False), tmp_path / "library"
    with Library.open(folder, create=True) as library:
        app_fakes.index(library, photos)
    stage = on_stage(played("refused"))
    train("--from-library", "--out", str(tmp_path / "out"), library=folder, code=1)
    assert "--set captions.generate=true" in capsys.readouterr().err
    assert (stage.asked, (tmp_path / "out").exists()) == ([], False)
    write = [*FEW, "--set", "captions.generate=true"]
    train("--from-library", "--out", str(tmp_path / "out"), *write, library=folder)
    rows = objects((tmp_path / "out" / "library.jsonl").read_text(encoding="utf-8"))
    assert rows == [{"image": str(photos / f"{name}.jpg")} for name in sorted(COLOURS)]


def test_a_library_that_is_empty_or_missing_gives_no_rows(tmp_path: Path) -> None:
    any_plan = training.Plan("mini", None, generate=False)
    with pytest.raises(LibraryError, match="no library"):
        training.library_rows(tmp_path / "none", tmp_path / "out", any_plan)
    with Library.open(tmp_path / "library", create=True):
        pass
    with pytest.raises(DataError, match="no photos") as error:
        training.library_rows(tmp_path / "library", tmp_path / "out", any_plan)
    assert "vladva index" in error.value.hint


@pytest.mark.parametrize(
    ("searched_with", "told", "base"),
    [
        (None, {}, "mini"),
        ("siglip2-base", {}, "mini"),  # it has no language model to train
        ("qwen2-vl-2b", {}, "qwen2-vl-2b"),
        ("qwen2-vl-2b", {"model": "llava-1.5-7b"}, "llava-1.5-7b"),
        ("qwen2-vl-2b", {"recipe": "mini"}, "mini"),
        ("qwen2-vl-2b", {"changes": ["model.name=llava-1.5-7b"]}, "llava-1.5-7b"),
    ],
)
def test_the_base_is_the_named_one_or_the_one_that_the_library_is_searched_with(
    searched_with: str | None, told: dict[str, Any], base: str, tmp_path: Path
) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        if searched_with:
            library.activate(searched_with, "f", 4)
    asked = {"model": None, "recipe": None, "changes": (), **told}
    plan = training.plan(tmp_path / "library", tmp_path / "out", **asked)
    assert (plan.model, plan.in_use) == (base, "packaged")


def test_nothing_is_written_among_the_photos_of_the_library(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        library.add_root(tmp_path / "photos")
    with pytest.raises(ConfigError, match="among the photos"):
        training.plan(tmp_path / "library", tmp_path / "photos" / "out", None, None, ())
