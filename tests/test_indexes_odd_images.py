"""Real files that broke other programs: a run gets through all of them, within its limits."""

import sys
from pathlib import Path

import numpy as np
import pytest
from fakes import ColourPrepare, FakeEncoder, stamp_of
from PIL import Image
from raws import dng

from vladva.indexes.decode import Decoded, Job, Unreadable, decode
from vladva.indexes.figures.odd import Odd, measure
from vladva.indexes.footprint import Peak, footprint


@pytest.fixture(scope="module")
def odd(shared_data: Path) -> Odd:
    return measure(FakeEncoder(), shared_data / "odd_images")


@pytest.mark.slow
def test_every_odd_file_is_indexed_or_skipped_and_none_hangs_or_crashes(odd: Odd) -> None:
    assert odd.indexed + odd.copies + odd.skipped == odd.files
    assert odd.indexed >= 320
    assert (odd.hung, odd.crashed) == (0, 0)


@pytest.mark.slow
def test_odd_files_need_less_than_a_gibibyte_and_a_half(odd: Odd) -> None:
    assert 0 < odd.peak_bytes <= 3 << 29


def test_some_of_them_are_decoded_or_refused_with_a_hint(shared_data: Path) -> None:
    files = sorted(path for path in (shared_data / "odd_images").rglob("*") if path.is_file())
    results = [decode(Job(stamp_of(path)), ColourPrepare()) for path in files[::14]]
    refused = [result for result in results if isinstance(result, Unreadable)]
    assert all(result.reason and result.hint for result in refused)
    assert 2 <= len(refused) <= len(results) // 2


def test_a_peak_is_what_was_held_and_not_what_is_left() -> None:
    with Peak() as peak:
        held = bytearray(64 << 20)
        held[::4096] = b"x" * len(held[::4096])
        while peak.bytes < footprint() - (8 << 20):
            pass
        del held
    assert peak.bytes >= footprint() + (40 << 20)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_memory_of_a_child_does_not_grow_with_the_files_it_has_read(tmp_path: Path) -> None:
    """Every format in turn, in one process: a decoder that keeps a picture would show."""
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8))
    suffixes = ("jpg", "png", "webp", "avif", "tif", "gif", "bmp", "dng")
    paths = [tmp_path / f"a.{suffix}" for suffix in suffixes]
    for path in paths[:-1]:
        picture.save(path)
    paths[-1].write_bytes(dng())
    jobs = [Job(stamp_of(path), str(tmp_path / "t" / f"{path.name}.jpg")) for path in paths]

    def read_all(times: int) -> int:
        for _ in range(times):
            assert all(isinstance(decode(job, ColourPrepare()), Decoded) for job in jobs)
        return footprint()

    settled = read_all(4)
    assert read_all(12) - settled < 4 << 20  # kept pictures would be 30 MB by now
