"""What one row of training data is, and what every source of rows can do.

Refuses to know file layouts (the `read_*` modules), models and training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vladva.errors import ImageError
from vladva.images import open_image

Numbers = NDArray[np.uint64]
"""One number a row: equal = the same picture."""


@dataclass(frozen=True)
class ImageRef:
    """Where a picture's bytes are: a file, or `size` bytes of one (a member of a tar)."""

    path: str
    offset: int = 0
    size: int | None = None

    @property
    def name(self) -> str:
        """Equal names = the same bytes on disk."""
        return self.path if self.size is None else f"{self.path}:{self.offset}"

    def load(self, draft: int | None = None) -> Image.Image:
        """The upright RGB picture; `draft` as in `open_image`. Raises `ImageError`."""
        if self.size is None:
            return open_image(self.path, draft=draft)
        try:
            with Path(self.path).open("rb") as file:
                file.seek(self.offset)
                data = file.read(self.size)
        except OSError as error:
            raise ImageError(f"{self.path} cannot be read: {error.strerror}") from error
        if len(data) < self.size:
            raise ImageError(f"{self.path} has been cut short", "fetch it again")
        return open_image(data, draft=draft)


@dataclass(frozen=True)
class Edit:
    """Words that turn the row's picture into another one."""

    instruction: str
    target: ImageRef


@dataclass(frozen=True)
class Example:
    """One row. `short` feeds the contrast, `long` the autoregressive loss; either may be empty."""

    name: str
    """What a message calls it: `train.jsonl:17`, `shard-003.tar:000123`."""
    image: ImageRef
    short: tuple[str, ...]
    long: tuple[str, ...]
    negatives: tuple[str, ...] = ()
    """Texts that are false of the picture."""
    paraphrases: tuple[tuple[str, str], ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Routing:
    """Which caption feeds which loss.

    `short_words`: a bare caption with fewer words is short (ours; the paper's are < 30 tokens).
    `join`: several short captions of a row without a long one also make a long one.
    `captionless`: a row without any caption is good, since captions will be generated.
    """

    short_words: int = 25
    join: bool = False
    captionless: bool = False


class Data(Protocol):
    """Rows on disk, each read when it is asked for. Picklable: loader workers have a copy."""

    @property
    def bad(self) -> Sequence[BadRow]:
        """Rows that were left out."""
        ...

    @property
    def pictures(self) -> Numbers:
        """A number for each row's picture, uint64 [n], the same wherever the data lies."""
        ...

    def __len__(self) -> int:
        """Good rows."""
        ...

    def __getitem__(self, index: int) -> Example:
        """Row `index`. Raises `DataError` where it is no longer what it was when checked."""
        ...


def number_of(name: str) -> int:
    """The number of a picture of this name, uint64: the same in every run and on every machine."""
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "big")
