"""Made photos that keep changing, and what an index should say of each.

Refuses to know the index.
"""

import hashlib
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from vladva.images import open_image
from vladva.indexes.figures.swatch import Swatch

_AT_FIRST, _AGAIN = 40, 12


class Tree:
    """A folder of small photos, among them copies and a file that is none."""

    def __init__(self, folder: Path, rng: np.random.Generator) -> None:
        self.folder = folder
        self._rng = rng
        self._encoder = Swatch()
        self._vectors: dict[str, bytes] = {}
        self._made = 0
        (folder / "sub").mkdir(parents=True)
        (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
        for _ in range(_AT_FIRST):
            self._write(self._fresh())

    def change(self) -> None:
        """New, changed, renamed, copied and deleted photos: work for a run."""
        photos = sorted(self.folder.rglob("p*.jpg"))
        picked = [photos[at] for at in self._rng.permutation(len(photos))]
        for path in picked[:_AGAIN]:
            self._write(path)
        picked[-1].rename(self._fresh())
        shutil.copyfile(picked[-2], self._fresh())
        self._write(self._fresh())
        for path in picked[-4:-2]:
            path.unlink()

    def truth(self, path: str, size: int, mtime_ns: int) -> tuple[str, bytes] | None:
        """Content hash and vector of a file, None where it is not the one of that stamp."""
        try:
            facts = Path(path).stat()
            data = Path(path).read_bytes()
        except FileNotFoundError:
            return None
        if (facts.st_size, facts.st_mtime_ns) != (size, mtime_ns):
            return None
        content = hashlib.blake2b(data, digest_size=16).hexdigest()
        if content not in self._vectors:
            picture = self._encoder.prepare(open_image(data))
            self._vectors[content] = self._encoder.encode([picture])[0].tobytes()
        return content, self._vectors[content]

    def _fresh(self) -> Path:
        self._made += 1
        return self.folder / ("sub" if self._made % 3 == 0 else ".") / f"p{self._made:05}.jpg"

    def _write(self, path: Path) -> None:
        pixels = self._rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
        large = Image.fromarray(pixels).resize((48, 32), Image.Resampling.NEAREST)
        large.save(path, "JPEG", quality=90)
