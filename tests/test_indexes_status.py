"""What a library says of itself, and how a folder leaves it."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from fakes import FakeEncoder, write_photo

from vladva.errors import ConfigError, LibraryError
from vladva.indexes.events import Indexed
from vladva.indexes.forget import forget
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.schema import SCHEMA_VERSION
from vladva.indexes.search import Searcher
from vladva.indexes.status import status
from vladva.indexes.thumbs import thumb_path


@pytest.fixture
def two_roots(tmp_path: Path, library: Library) -> tuple[Path, Path]:
    for number in range(5):
        write_photo(tmp_path / ("a" if number < 3 else "b") / f"{number}.jpg", number)
    (tmp_path / "a" / "broken.jpg").write_bytes(b"\xff\xd8")
    list(index_folders(library, FakeEncoder(), [tmp_path / "a", tmp_path / "b"], workers=1))
    return tmp_path / "a", tmp_path / "b"


def test_an_empty_library_has_a_status_too(library: Library) -> None:
    found = status(library)
    assert (found.model, found.fingerprint, found.dim, found.photos) == (None, None, None, 0)
    assert (found.roots, found.failures, found.building) == ([], [], None)


def test_the_status_has_the_fields_of_the_contract(
    library: Library, two_roots: tuple[Path, Path]
) -> None:
    found = json.loads(json.dumps(asdict(status(library))))
    a, b = map(str, two_roots)
    assert found["library"] == str(library.folder)
    assert (found["model"], found["dim"], found["photos"]) == ("fake", 24, 5)
    assert found["fingerprint"] == FakeEncoder().fingerprint
    assert found["roots"] == [
        {"path": a, "state": "idle", "photos": 3},
        {"path": b, "state": "idle", "photos": 2},
    ]
    (failure,) = found["failures"]
    assert set(failure) == {"path", "reason", "since"}
    assert failure["path"].endswith("broken.jpg")
    assert found["index_bytes"] > 1000
    assert found["schema_version"] == SCHEMA_VERSION
    assert found["building"] is None


def test_a_table_that_is_being_built_shows_while_it_is(
    library: Library, two_roots: tuple[Path, Path]
) -> None:
    other = FakeEncoder("other")
    events = index_folders(library, other, two_roots, batch_size=1, workers=1)
    next(event for event in events if isinstance(event, Indexed))
    found = status(library)
    assert found.model == "fake"
    assert found.building is not None
    assert (found.building.model, found.building.total) == ("other", 5)  # one fails with any
    events.close()
    assert status(library).building is None  # nobody is at it
    list(index_folders(library, other, two_roots, workers=1))
    assert (status(library).model, status(library).building) == ("other", None)


def test_forgetting_a_folder_drops_rows_under_every_encoder_and_no_photo(
    library: Library, two_roots: tuple[Path, Path]
) -> None:
    a, b = two_roots
    other = FakeEncoder("other")
    list(index_folders(library, other, [a, b], workers=1, beside=True))
    photos = sorted(path.read_bytes() for path in a.iterdir())
    ids = [library.photo_id(str(a / f"{n}.jpg")) for n in range(3)]
    assert all(thumb_path(library, id_).exists() for id_ in ids)
    assert forget(library, a) == 3
    assert sorted(path.read_bytes() for path in a.iterdir()) == photos
    assert not any(thumb_path(library, id_).exists() for id_ in ids)
    for encoder in (FakeEncoder(), other):
        found = Searcher(library, encoder).by_text("red", 10)
        assert {hit.path for hit in found.hits} == {str(b / "3.jpg"), str(b / "4.jpg")}
    found = status(library)
    assert [root.path for root in found.roots] == [str(b)]
    assert found.failures == []


def test_only_a_root_can_be_forgotten_and_its_disk_may_be_away(
    tmp_path: Path, library: Library, two_roots: tuple[Path, Path]
) -> None:
    a, _ = two_roots
    with pytest.raises(ConfigError) as caught:
        forget(library, tmp_path)
    assert str(a) in caught.value.hint
    (a / "sub").mkdir()
    with pytest.raises(ConfigError) as caught:
        forget(library, a / "sub")
    assert "whole folders" in caught.value.hint
    a.rename(tmp_path / "elsewhere")
    assert forget(library, a) == 3


def test_nothing_is_forgotten_while_a_run_is_on(
    library: Library, two_roots: tuple[Path, Path]
) -> None:
    with library.lock(), pytest.raises(LibraryError, match="being written"):
        forget(library, two_roots[0])
