"""The benchmark measures what it says, and refuses where there is nothing to measure."""

from pathlib import Path

import fakes
import pytest
from PIL import Image

from vladva.errors import ConfigError
from vladva.indexes.figures.bench import measure


def test_the_parts_and_the_whole_are_measured_on_the_same_photos(tmp_path: Path) -> None:
    for number in range(6):
        Image.new("RGB", (64, 48), (40 * number, 90, 20)).save(tmp_path / f"{number}.jpg")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    encoder = fakes.FakeEncoder()
    found = measure(encoder, tmp_path)
    assert found.photos == 6
    assert encoder.pictures == 12  # once alone, once in the whole
    assert min(found.decode, found.encode, found.end_to_end) > 0
    assert found.share_of_bound == pytest.approx(found.end_to_end / found.bound)


def test_no_more_photos_than_asked_for_are_touched(tmp_path: Path) -> None:
    for number in range(6):
        Image.new("RGB", (64, 48), (40 * number, 90, 20)).save(tmp_path / f"{number}.jpg")
    encoder = fakes.FakeEncoder()
    assert measure(encoder, tmp_path, limit=2).photos == 2
    assert encoder.pictures == 4


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no photo"):
        measure(fakes.FakeEncoder(), tmp_path)
