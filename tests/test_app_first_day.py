"""Mistakes of a first day: each gets its cause and its remedy, and leaves no trace."""

import shutil
from pathlib import Path

import click
import fakes
import pytest
from click.testing import CliRunner
from PIL import Image

from vladva.app.__main__ import cli, run
from vladva.app.ask import lines_of
from vladva.app.plain import printable
from vladva.errors import ConfigError, EncoderMismatch, LibraryError
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.search import Searcher


def photos(folder: Path, count: int = 3) -> Path:
    folder.mkdir()
    for number in range(count):
        Image.new("RGB", (40, 30), (60 * number, 30, 200)).save(folder / f"{number}.jpg")
    return folder


def test_a_library_inside_the_photos_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos")
    before = sorted(folder.iterdir())
    result = CliRunner().invoke(cli, ["--library", str(folder / "lib"), "index", str(folder)])
    assert isinstance(result.exception, ConfigError)
    assert "overlap" in str(result.exception)
    assert sorted(folder.iterdir()) == before


def test_a_missing_folder_is_told_before_a_model_is_loaded_or_a_warning_spent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--library", str(tmp_path / "lib"), "index", str(tmp_path / "nope")]) == 1
    shown = capsys.readouterr().err
    assert "does not exist" in shown
    assert "photographs" not in shown
    with Library.open(tmp_path / "lib", create=False) as library:
        assert not library.get("told_photographs")


def test_an_encoder_that_changed_under_its_name_is_told_with_the_folder_to_index(
    tmp_path: Path,
) -> None:
    folder = photos(tmp_path / "photos")
    with Library.open(tmp_path / "lib", create=True) as library:
        list(index_folders(library, fakes.FakeEncoder(), [folder]))
        changed = fakes.FakeEncoder(seed=1)
        with pytest.raises(EncoderMismatch, match="has changed") as refusal:
            Searcher(library, changed)
        assert str(folder) in refusal.value.hint


def test_a_table_that_is_gone_is_an_error_and_not_an_empty_answer(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos")
    with Library.open(tmp_path / "lib", create=True) as library:
        list(index_folders(library, fakes.FakeEncoder(), [folder]))
    shutil.rmtree(tmp_path / "lib" / "tables")
    with Library.open(tmp_path / "lib", create=False) as library:
        with pytest.raises(LibraryError, match="is gone"):
            Searcher(library, fakes.FakeEncoder())
        assert not (tmp_path / "lib" / "tables").exists()


def test_a_damaged_database_says_so(tmp_path: Path) -> None:
    with Library.open(tmp_path / "lib", create=True):
        pass
    for file in (tmp_path / "lib").glob("library.db*"):
        file.write_bytes(b"this was a database once" * 100)
    with pytest.raises(LibraryError, match="damaged"):
        Library.open(tmp_path / "lib", create=False)


@pytest.mark.parametrize(
    ("content", "cause"), [(b"a dog\n\xff\xfe\n", "not UTF-8"), (b"\n  \n", "no text")]
)
def test_a_file_of_texts_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes, cause: str
) -> None:
    (tmp_path / "texts.txt").write_bytes(content)
    with pytest.raises(ConfigError, match=cause):
        lines_of(tmp_path / "texts.txt")


def test_a_byte_order_mark_is_no_part_of_the_first_text(tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_bytes(b"\xef\xbb\xbfa dog\n")
    assert lines_of(tmp_path / "texts.txt") == ["a dog"]


def test_names_give_no_orders_to_the_terminal() -> None:
    assert printable("new\nline \x1b[31mred é 雪.jpg") == "new\\nline \\x1b[31mred é 雪.jpg"


def test_a_query_that_looks_like_an_option_gets_the_way_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["search", "-people"]) == click.UsageError.exit_code
    assert "search -- -people" in capsys.readouterr().err
