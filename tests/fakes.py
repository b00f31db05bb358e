"""Stand-ins for tests of the index: an encoder that sees colours, and preparations that fail."""

import hashlib
import os
import random
import signal
import string
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageColor

from vladva.indexes.catalog import FileStamp
from vladva.indexes.pairs import Pairs
from vladva.indexes.store import Row
from vladva.protocols import Prepared, Vectors

BINS = 4


@dataclass(frozen=True)
class ColourPrepare:
    """Picture → histogram of its colours [64]. Picklable; knows no weights."""

    version: str = "colours-1"

    def __call__(self, image: Image.Image) -> Prepared:
        small = np.asarray(image.resize((16, 16))).reshape(-1, 3) // (256 // BINS)
        cells = small @ np.array([BINS * BINS, BINS, 1])
        return {"histogram": np.bincount(cells, minlength=BINS**3).astype(np.float32)}


@dataclass(frozen=True)
class HostilePrepare:
    """Dies, hangs or complains when it meets a picture of a certain colour."""

    version: str = "hostile-1"

    def __call__(self, image: Image.Image) -> Prepared:
        red, green, blue = image.resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
        if red > 200 and green < 60 and blue < 60:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        if green > 200 and red < 60 and blue < 60:
            time.sleep(600)
        if blue > 200 and red < 60 and green < 60:
            raise ValueError("blue is not for me")
        return ColourPrepare()(image)


@dataclass
class FakeEncoder:
    """A random projection of the colour histogram; a text is the colour that it names."""

    name: str = "fake"
    dim: int = 24
    on_cpu: bool = True
    seed: int = 0
    prepare: ColourPrepare | HostilePrepare = field(default_factory=ColourPrepare)
    pictures: int = 0
    calls: int = 0
    delay_s: float = 0.0
    """Seconds a picture."""
    refuse: bytes | None = None
    """A histogram that makes `encode` fail."""

    @property
    def fingerprint(self) -> str:
        return f"{self.name}/{self.dim}/{self.seed}/{self.prepare.version}"

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        if any(picture["histogram"].tobytes() == self.refuse for picture in pictures):
            raise ValueError("refused")
        self.calls += 1
        self.pictures += len(pictures)
        time.sleep(self.delay_s * len(pictures))
        if not pictures:
            return np.empty((0, self.dim), np.float32)
        histograms = np.stack([picture["histogram"] for picture in pictures]).astype(np.float32)
        return self._project(histograms)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dim), np.float32)
        swatches = [Image.new("RGB", (8, 8), _colour(text)) for text in texts]
        return self._project(np.stack([ColourPrepare()(s)["histogram"] for s in swatches]))

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        return self.encode([picture for picture, _ in queries])

    def _project(self, histograms: Vectors) -> Vectors:
        projection = np.random.default_rng(self.seed).normal(size=(BINS**3, self.dim))
        flat = (np.sqrt(histograms / 256) @ projection).astype(np.float32)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True)


def write_photo(path: Path, number: int, size: tuple[int, int] = (48, 32)) -> Path:
    """A small JPEG like no other of another number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST).save(path, quality=90)
    return path


def write_colour(path: Path, colour: str, size: tuple[int, int] = (48, 32)) -> Path:
    """A JPEG of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, quality=90)
    return path


def stamp_of(path: Path) -> FileStamp:
    """The stamp that a walk would give a file."""
    facts = path.stat()
    with os.scandir(path.parent) as listing:
        beside = Pairs(listing).beside(path.name)
    name = str(path)
    return FileStamp(name, facts.st_size, facts.st_mtime_ns, facts.st_dev, facts.st_ino, beside)


def make_row(number: int, **facts: Any) -> Row:
    """A row like no other of another number, with every awkward value in some of them."""
    letters = random.Random(number).choices(string.ascii_letters + " 'ü\"\\%", k=12)
    text = "".join(letters)
    made = Row(
        id=f"{number:024x}",
        path=f"/p/{text}/{number}.jpg",
        size=number,
        mtime_ns=-number,
        dev=2**64 - 1 - number,
        inode=2**63 + number,
        beside=f"{number}.xmp\t9\t{number}" if number % 4 == 0 else "",
        content=f"{number % 7:032x}",
        width=number,
        height=2,
        taken_at=None if number % 2 else "2020-01-02T03:04:05",
        camera=None,
        lat=None if number % 3 else 1.5,
        lon=None,
        caption=text if number % 5 else None,
        caption_source=None,
        format="jpeg",
        animated=number % 2,
        lens=None,
        rating=None if number % 3 else number % 7 - 1,
        keywords=None if number % 4 else f"{text}\nsea",
        phash=None if number % 5 == 0 else number - 2**63,
        facts_version=number % 3 - 1,
        indexed_at="2026-01-01T00:00:00+00:00",
    )
    return replace(made, **facts)


def unit_vectors(rng: np.random.Generator, count: int, dim: int) -> Vectors:
    """Unit vectors; every third is the same one."""
    made = rng.normal(size=(count, dim)).astype(np.float32)
    made[::3] = 1.0
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def _colour(text: str) -> str:
    for word in text.lower().split():
        if word in ImageColor.colormap:
            return word
    return "#" + hashlib.blake2b(text.encode(), digest_size=3).hexdigest()
