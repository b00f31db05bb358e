"""Questions to a library: what is found, in which order, by whom, and how soon."""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder, write_colour, write_photo
from PIL import Image

from vladva.errors import EncoderMismatch, LibraryError
from vladva.indexes import resident as resident_module
from vladva.indexes.asked import Asked
from vladva.indexes.events import Indexed, Summary
from vladva.indexes.hits import Photo
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.search import Searcher

COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white"]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, Path]]:
    """A library of ten colours, three photos each the same picture, some with captions."""
    base = tmp_path_factory.mktemp("search")
    for colour in COLOURS:
        first = write_colour(base / "photos" / colour / "b.jpg", colour)
        for name in ("a", "c"):
            shutil.copy(first, base / "photos" / colour / f"{name}.jpg")
        (base / "photos" / colour / "b.txt").write_text(f"something {colour}")
        (base / "photos" / colour / "c.txt").write_text(f"something {colour}")
    with Library.open(base / "library", create=True) as library:
        *_, last = index_folders(library, FakeEncoder(), [base / "photos"], workers=1)
        assert isinstance(last, Summary)
        assert (last.indexed, last.copies, last.encodes) == (10, 20, 10)
        yield library, base / "photos"


def test_a_text_finds_what_it_describes_and_equals_in_the_order_of_paths(
    indexed: tuple[Library, Path],
) -> None:
    library, photos = indexed
    found = Searcher(library, FakeEncoder()).by_text("something red", 4)
    paths = [hit.path for hit in found.hits]
    assert paths[:3] == [str(photos / "red" / f"{name}.jpg") for name in "abc"]
    assert [hit.rank for hit in found.hits] == [1, 2, 3, 4]
    first = found.hits[0]
    assert first.score == pytest.approx(1, abs=1e-5)
    assert found.hits[1].score == first.score > found.hits[3].score
    assert (first.width, first.height, first.taken_at) == (48, 32, None)
    assert [hit.caption for hit in found.hits[:2]] == [None, "something red"]
    assert (found.searched, found.total) == (30, 30)
    assert found.encode_ms >= 0 <= found.search_ms


def test_pages_are_parts_of_one_list(indexed: tuple[Library, Path]) -> None:
    searcher = Searcher(indexed[0], FakeEncoder())
    whole = searcher.by_text("blue", 100).hits
    assert len(whole) == 30
    assert searcher.by_text("blue", 7, offset=7).hits == whole[7:14]
    assert searcher.by_text("blue", 7, offset=28).hits == whole[28:]
    assert searcher.by_text("blue", 7, offset=300).hits == []


def test_a_picture_finds_pictures_like_it(indexed: tuple[Library, Path]) -> None:
    library, photos = indexed
    searcher = Searcher(library, FakeEncoder())
    picture = Image.new("RGB", (9, 9), "green")
    found = searcher.find(Asked(pictures=(picture,), limit=3, fold=False))
    assert [hit.path for hit in found.hits] == [str(photos / "green" / f"{n}.jpg") for n in "abc"]
    without = searcher.find(
        Asked(pictures=(picture,), without=(found.hits[0].id,), limit=3, fold=False)
    )
    assert [hit.path for hit in without.hits[:2]] == [hit.path for hit in found.hits[1:]]
    assert without.total == 29


def test_similar_to_a_photo_leaves_it_out_and_encodes_nothing(
    indexed: tuple[Library, Path],
) -> None:
    library, photos = indexed
    encoder = FakeEncoder()
    searcher = Searcher(library, encoder)
    photo_id = library.photo_id(str(photos / "pink" / "b.jpg"))
    found = searcher.find(Asked(like=(photo_id,), limit=2, fold=False))
    assert [hit.path for hit in found.hits] == [str(photos / "pink" / f"{n}.jpg") for n in "ac"]
    assert encoder.calls == 0
    with pytest.raises(LibraryError, match="not in the library"):
        searcher.find(Asked(like=("0" * 24,)))


def test_a_photo_is_known_by_its_id_only(indexed: tuple[Library, Path]) -> None:
    library, photos = indexed
    searcher = Searcher(library, FakeEncoder())
    path = str(photos / "red" / "b.jpg")
    photo = searcher.photo(library.photo_id(path))
    content = LanceStore(library.folder, searcher.encoder.fingerprint, 24).contents()[path]
    facts = (48, 32, None, None, None, None, "something red", "sidecar", content)
    assert photo == Photo(library.photo_id(path), path, *facts)
    assert searcher.photo("nothing") is None
    assert searcher.count == 30


def test_a_picture_finds_the_captions_of_the_library_each_once(
    indexed: tuple[Library, Path],
) -> None:
    library, photos = indexed
    encoder = FakeEncoder()
    asked = []
    real = encoder.encode_texts
    encoder.encode_texts = lambda texts: (asked.extend(texts), real(texts))[1]
    searcher = Searcher(library, encoder)
    hits = searcher.match(Image.new("RGB", (9, 9), "brown"), None, 3)
    assert hits[0].text == "something brown"
    assert hits[0].path == str(photos / "brown" / "b.jpg")
    assert [hit.rank for hit in hits] == [1, 2, 3]
    searcher.match(Image.new("RGB", (9, 9), "red"), None, 3)
    assert sorted(asked) == sorted(f"something {colour}" for colour in COLOURS)  # once in all


def test_a_picture_finds_the_texts_it_is_given(indexed: tuple[Library, Path]) -> None:
    searcher = Searcher(indexed[0], FakeEncoder())
    hits = searcher.match(Image.new("RGB", (9, 9), "red"), ["blue", "red", "a red"], 2)
    assert [(hit.text, hit.path) for hit in hits] == [("a red", None), ("red", None)]
    assert searcher.match(Image.new("RGB", (9, 9), "red"), [], 2) == []


def test_a_library_without_captions_says_so(tmp_path: Path) -> None:
    write_photo(tmp_path / "photos" / "a.jpg", 1)
    with Library.open(tmp_path / "library", create=True) as library:
        list(index_folders(library, FakeEncoder(), [tmp_path / "photos"], workers=1))
        with pytest.raises(LibraryError, match="caption") as caught:
            Searcher(library, FakeEncoder()).match(Image.new("RGB", (9, 9)), None, 3)
        assert "--texts" in caught.value.hint


def test_an_encoder_without_a_table_is_refused_with_the_remedy(
    indexed: tuple[Library, Path], tmp_path: Path
) -> None:
    library, _ = indexed
    with pytest.raises(EncoderMismatch, match="with fake, not with other") as caught:
        Searcher(library, FakeEncoder("other"))
    assert "--model other`" in caught.value.hint
    with pytest.raises(EncoderMismatch, match="fake has changed since"):
        Searcher(library, FakeEncoder(seed=99))
    with (
        Library.open(tmp_path / "empty", create=True) as empty,
        pytest.raises(EncoderMismatch, match="Nothing is indexed"),
    ):
        Searcher(empty, FakeEncoder())


def test_a_searcher_finds_what_another_run_has_just_made_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident_module, "_PAUSE_S", 0.0)
    encoder = FakeEncoder()
    write_photo(tmp_path / "photos" / "a.jpg", 1)
    with (
        Library.open(tmp_path / "library", create=True) as library,
        Library.open(tmp_path / "library", create=False) as reader,
    ):
        list(index_folders(library, encoder, [tmp_path / "photos"], workers=1))
        searcher = Searcher(reader, encoder)
        assert searcher.count == 1
        for number in range(2, 8):
            write_photo(tmp_path / "photos" / f"{number}.jpg", number)
        count = 1
        for event in index_folders(
            library, encoder, [tmp_path / "photos"], batch_size=2, workers=1
        ):
            count += isinstance(event, Indexed)
            assert searcher.count >= count
        assert searcher.count == 7


def test_threads_may_ask_at_once_while_the_library_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident_module, "_PAUSE_S", 0.0)
    encoder, errors, stop = FakeEncoder(), [], threading.Event()
    for number in range(20):
        write_photo(tmp_path / "photos" / f"{number:02}.jpg", number)
    with Library.open(tmp_path / "library", create=True) as library:
        events = index_folders(library, encoder, [tmp_path / "photos"], batch_size=2, workers=1)
        next(event for event in events if isinstance(event, Indexed))
        searcher = Searcher(library, FakeEncoder())

        def ask() -> None:
            while not stop.is_set():
                try:
                    found = searcher.by_text("red", 50)
                    scores = [hit.score for hit in found.hits]
                    assert scores == sorted(scores, reverse=True)
                    assert len({hit.path for hit in found.hits}) == found.searched
                except Exception as error:  # noqa: BLE001 - reported below
                    errors.append(error)
                    return
                time.sleep(0.01)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        list(events)
        stop.set()
        for thread in threads:
            thread.join()
        assert errors == []
        assert searcher.count == 20


def test_scores_are_the_cosine_to_every_photo(indexed: tuple[Library, Path]) -> None:
    library, _ = indexed
    encoder = FakeEncoder()
    found = Searcher(library, encoder).by_text("orange", 30)
    query = encoder.encode_texts(["orange"])[0]
    for hit in found.hits:
        with Image.open(hit.path) as picture:
            vector = encoder.encode([encoder.prepare(picture.convert("RGB"))])[0]
        assert hit.score == pytest.approx(float(np.dot(vector, query)), abs=1e-5)
