"""Runs over a few small photos, each checked while it is made: for the tests of whole runs."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeEncoder, write_photo

from vladva.images import open_image
from vladva.indexes.events import Event, Summary
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.thumbs import thumb_path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(12):
        write_photo(tmp_path / "photos" / f"{number % 3}" / f"{number:02}.jpg", number)
    return tmp_path / "photos"


def run(
    library: Library, encoder: FakeEncoder, *folders: Path, **options: Any
) -> tuple[Summary, list[Event]]:
    events = list(index_folders(library, encoder, folders, workers=1, **options))
    summary = events[-1]
    assert isinstance(summary, Summary)
    counts = Counter(event.kind for event in events)
    for kind, count in {
        "indexed": summary.indexed,
        "copy": summary.copies,
        "moved": summary.moved,
        "removed": summary.removed,
        "skipped": summary.skipped,
        "summary": 1,
    }.items():
        assert counts[kind] == count, kind
    assert summary.encodes <= summary.decodes
    return summary, events


def told(events: list[Event], kind: str) -> list[str]:
    return sorted(event.path for event in events if event.kind == kind)


def rows(library: Library, encoder: FakeEncoder) -> dict[str, np.ndarray]:
    store = LanceStore(library.folder, encoder.fingerprint, encoder.dim)
    ids = {library.photo_id(path): path for path in store.known()}
    return {ids[id_]: vector for id_, vector in store.vectors(ids).items()}


def check(library: Library, encoder: FakeEncoder) -> int:
    """Every row is the vector of the picture that lies at its path now, with its thumbnail."""
    found = rows(library, encoder)
    for path, vector in found.items():
        expected = encoder.encode([encoder.prepare(open_image(path))])[0]
        assert np.allclose(vector, expected, atol=1e-6), path
        assert thumb_path(library, library.photo_id(path)).is_file()
    thumbs = list((library.folder / "thumbs").rglob("*.*"))
    assert len(thumbs) == len(found)
    return len(found)


def quiet(summary: Summary) -> tuple[int, ...]:
    return summary.decodes, summary.encodes, summary.indexed, summary.moved, summary.removed
