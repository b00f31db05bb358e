"""The figures of real photos: 400 of them, moved, changed and deleted."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from fakes import FakeEncoder, write_photo

from vladva.indexes.events import Summary
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders


def run(library: Library, folder: Path) -> tuple[Summary, Counter[str]]:
    events = list(index_folders(library, FakeEncoder(), [folder]))
    assert isinstance(events[-1], Summary)
    return events[-1], Counter(event.kind for event in events)


@pytest.mark.slow
def test_four_hundred_photos_cost_what_has_changed(tmp_path: Path, shared_data: Path) -> None:
    folder = tmp_path / "photos"
    shutil.copytree(shared_data / "photos", folder)
    photos = sorted(folder.rglob("*.jpg"))
    for photo in [folder, *folder.rglob("*")]:
        photo.chmod(0o700)
    assert len(photos) == 400
    with Library.open(tmp_path / "library", create=True) as library:
        first, _ = run(library, folder)
        assert (first.indexed + first.copies, first.skipped, first.removed) == (400, 0, 0)
        again, _ = run(library, folder)
        assert (again.unchanged, again.decodes, again.encodes) == (400, 0, 0)
        assert again.seconds <= 0.005 * 400
        (folder / "moved").mkdir()
        for photo in photos[:50]:
            photo.rename(folder / "moved" / photo.name)
        for number, photo in enumerate(photos[50:60]):
            write_photo(photo, number, size=(300, 200))
        for photo in photos[60:70]:
            photo.unlink()
        last, events = run(library, folder)
        assert (last.moved, last.indexed, last.removed, last.unchanged) == (50, 10, 10, 330)
        assert (last.copies, last.skipped, last.decodes, last.encodes) == (0, 0, 10, 10)
        assert {k: n for k, n in events.items() if k not in {"progress", "summary"}} == {
            "moved": 50,
            "indexed": 10,
            "removed": 10,
        }
