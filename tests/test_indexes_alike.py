"""Groups of pictures that look the same, against every pair, and on real photos."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from vladva.indexes import linked as linked_module
from vladva.indexes.alike import MOST, groups, phash


def signed(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.uint64).view(np.int64)


def by_every_pair(hashes: np.ndarray, valid: np.ndarray, most: int) -> list[int]:
    """The definition: whatever neighbours of neighbours reach, by its first row."""
    found = list(range(len(hashes)))
    bits = [int(one) & (2**64 - 1) for one in hashes]
    for _ in bits:
        for i in np.flatnonzero(valid):
            for j in np.flatnonzero(valid):
                if (bits[i] ^ bits[j]).bit_count() <= most:
                    found[i] = found[j] = min(found[i], found[j])
    return found


near = st.builds(
    lambda base, flips: base ^ sum(1 << bit for bit in flips),
    st.sampled_from([0, 2**64 - 1, 0x0F0F0F0F0F0F0F0F, 0x123456789ABCDEF0]),
    st.sets(st.integers(0, 63), max_size=12),
)


@given(st.lists(st.tuples(near, st.booleans()), max_size=8), st.integers(0, 11))
def test_groups_are_those_of_every_pair(rows: list[tuple[int, bool]], most: int) -> None:
    hashes = signed(*(one for one, _ in rows))
    valid = np.array([flag for _, flag in rows], dtype=bool)
    assert groups(hashes, valid, most).tolist() == by_every_pair(hashes, valid, most)


@pytest.mark.parametrize("most", range(1, 13))
def test_bits_that_are_spread_evenly_hide_no_pair(most: int) -> None:
    for count, together in ((most, True), (most + 1, False)):
        spread = sum(1 << int(bit) for bit in np.linspace(0, 63, count + 1)[:-1])
        found = groups(signed(0, spread), np.ones(2, bool), most)
        assert (found[0] == found[1]) == together


def test_many_pairs_are_looked_at_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**16, 300).astype(np.int64)
    expected = by_every_pair(hashes[:60], np.ones(60, bool), 2)
    whole = groups(hashes, np.ones(300, bool), 2)
    monkeypatch.setattr(linked_module, "_PAIRS_AT_ONCE", 7)
    assert groups(hashes, np.ones(300, bool), 2).tolist() == whole.tolist()
    assert groups(hashes[:60], np.ones(60, bool), 2).tolist() == expected


@pytest.mark.parametrize("crowd", [1, 9, 200])
@pytest.mark.parametrize("share", [0.02, 0.08, 0.12, 0.2])
def test_crowds_are_joined_exactly_too(
    crowd: int, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linked_module, "_CROWD", crowd)
    monkeypatch.setattr(linked_module, "_CROWD_AT_ONCE", 50)
    monkeypatch.setattr(linked_module, "_STARTS", 2)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        base = rng.integers(0, 2**63, 3, dtype=np.int64)[rng.integers(0, 3, 90)]
        flips = np.packbits(rng.random((90, 64)) < share, axis=1).view(np.int64).ravel()
        hashes = base ^ flips
        most = int(rng.integers(1, 11))
        expected = by_every_pair(hashes, np.ones(90, bool), most)
        assert groups(hashes, np.ones(90, bool), most).tolist() == expected


def test_fifty_thousand_photos_of_the_same_wall_are_no_work() -> None:
    rng = np.random.default_rng(2)
    hashes = np.full(50_000, 0x123456789ABCDEF0, dtype=np.uint64)
    for _ in range(MOST // 2):
        hashes ^= np.uint64(1) << rng.integers(0, 64, len(hashes)).astype(np.uint64)
    start = time.perf_counter()
    found = groups(hashes.view(np.int64), np.ones(len(hashes), bool))
    assert time.perf_counter() - start < 5  # 0.04 s on a quiet core; every pair would take 25 s
    assert not found.any()


def test_a_hundred_thousand_photos_are_grouped_exactly() -> None:
    rng = np.random.default_rng(1)
    hashes = rng.integers(-(2**63), 2**63 - 1, 100_000, dtype=np.int64)
    for row in range(0, 100_000, 10):  # a near copy of the row behind it
        flips = rng.choice(64, size=MOST, replace=False)
        hashes[row] = hashes[row + 1] ^ signed(sum(1 << int(bit) for bit in flips))[0]
    found = groups(hashes, np.ones(len(hashes), bool))
    assert (found[::10] == found[1::10]).all()
    assert len(np.unique(found)) > 89_900


def test_flat_pictures_have_no_hash_and_stand_alone() -> None:
    sky = Image.linear_gradient("L").resize((640, 480)).point(lambda v: 200 + v // 40)
    for flat in (Image.new("RGB", (640, 480), "navy"), sky.convert("RGB")):
        assert phash(flat) is None
    assert groups(signed(5, 5, 5), np.array([True, False, True])).tolist() == [0, 1, 0]
    assert groups(signed(), np.array([], dtype=bool)).tolist() == []


def test_a_hash_is_64_bits_with_a_sign_and_both_signs_occur() -> None:
    found = set()
    for number in range(8):
        image = Image.new("RGB", (200, 100), "white")
        draw = ImageDraw.Draw(image)
        draw.ellipse((20 * number, 10, 20 * number + 50, 60), fill="black")
        found.add(phash(image))
    assert len(found) == 8
    assert all(one is not None and -(2**63) <= one < 2**63 for one in found)
    assert {one < 0 for one in found if one is not None} == {True, False}


def copies(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    width, height = image.size
    inner = (width // 50, height // 50, width - width // 50, height - height // 50)
    yield "half", image.resize((width // 2, height // 2), Image.Resampling.BICUBIC)
    yield "bright", image.point(lambda value: min(255, int(value * 1.15 + 8)))
    yield "cropped", image.crop(inner)
    for name, size in (("encoded", 1.0), ("sent", 0.7)):
        file = io.BytesIO()
        image.resize((int(width * size), int(height * size))).save(file, "JPEG", quality=60)
        yield name, Image.open(file).convert("RGB")


def test_copies_of_real_photos_share_a_group(shared_data: Path) -> None:
    photos = sorted((shared_data / "photos" / "images").glob("*.jpg"))[:100]
    apart: dict[str, list[int]] = {}
    for path in photos:
        with Image.open(path) as file:
            image = file.convert("RGB")
        own = phash(image)
        for name, copy in copies(image):
            other = phash(copy)
            assert own is not None
            assert other is not None
            apart.setdefault(name, []).append((own ^ other) & (2**64 - 1))
    shares = {n: np.mean([one.bit_count() <= MOST for one in a]) for n, a in apart.items()}
    assert min(shares.values()) >= 0.95, shares
    assert min(share for name, share in shares.items() if name != "cropped") == 1


def test_different_real_photos_share_none(shared_data: Path) -> None:
    lines = (shared_data / "photos" / "captions.jsonl").read_text().splitlines()
    assert json.loads(lines[0])
    photos = sorted((shared_data / "photos" / "images").glob("*.jpg"))
    hashes = []
    for path in photos:
        with Image.open(path) as file:
            hashes.append(phash(file.convert("RGB")))
    valid = np.array([one is not None for one in hashes])
    found = groups(np.array([one or 0 for one in hashes]), valid)
    assert valid.mean() >= 0.99
    assert len(np.unique(found)) >= 0.999 * len(photos)
