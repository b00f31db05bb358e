"""Features of pictures in a file that grows: what a kill leaves behind is whole.

`tokens.bin` has the tokens of one picture after another (then those of its deeper layers),
`pictures.bin` one record for each, written once its tokens are on the disk, `cache.json` the shape.
Refuses to know models, and which rows show which picture.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vladva.errors import DataError
from vladva.model import Features

RECORD = np.dtype([("picture", "<u8"), ("offset", "<i8"), ("count", "<i8"), ("grid", "<i8", (3,))])
LAYOUT = 1


@dataclass(frozen=True)
class Shape:
    """What all pictures of a file share."""

    key: str
    """Names model and preprocessing."""
    dtype: str
    dim: int
    deep: int
    """Deeper layers that a picture has tokens for."""
    grids: bool
    layout: int = LAYOUT

    @property
    def token_bytes(self) -> int:
        """Bytes of one token of one layer."""
        return self.dim * self.torch_dtype.itemsize

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype by its name."""
        dtype = getattr(torch, self.dtype)
        assert isinstance(dtype, torch.dtype)
        return dtype


def shape_of(features: Features, key: str) -> Shape:
    """The shape that these features have."""
    tokens = features.tokens
    dtype = str(tokens.dtype).removeprefix("torch.")
    return Shape(key, dtype, tokens.shape[1], len(features.deep), features.grids is not None)


class FeatureFile:
    """What is on the disk under this key. What is added is there for who opens it next."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self._tokens, self._pictures = folder / "tokens.bin", folder / "pictures.bin"
        self.shape = _shape_in(folder, key)
        if self.shape is None:
            for path in (self._tokens, self._pictures, folder / "cache.json"):
                path.unlink(missing_ok=True)
        self._records = self._whole_records()
        self._place = {picture: i for i, picture in enumerate(self._records["picture"].tolist())}
        self._ends = self._end(), len(self._records) * RECORD.itemsize

    def __contains__(self, picture: int) -> bool:
        return picture in self._place

    def places(self, pictures: Sequence[int]) -> NDArray[np.int64]:
        """The place of each picture, -1 where there is none."""
        return np.array([self._place.get(picture, -1) for picture in pictures], np.int64)

    def append(self, pictures: Sequence[int], features: Features, key: str) -> None:
        """Add pictures; on return they outlive a kill. Raises `OSError`."""
        if self.shape is None:
            self.shape = shape_of(features, key)
            _replace(self.folder / "cache.json", json.dumps(asdict(self.shape)))
        start, at = self._ends
        blobs = [_blob(features, i) for i in range(len(features.counts))]
        grids = features.grids
        records = np.zeros(len(blobs), RECORD)
        records["picture"] = pictures
        records["count"] = features.counts
        records["grid"] = 0 if grids is None else grids.cpu().numpy()
        records["offset"] = start + np.cumsum([0, *map(len, blobs)])[:-1]
        _write_at(self._tokens, start, b"".join(blobs))
        _write_at(self._pictures, at, records.tobytes())
        self._ends = start + sum(map(len, blobs)), at + records.nbytes

    def read(self, places: Sequence[int], device: torch.device) -> Features:
        """The features of the pictures at these places, in that order, on a device."""
        shape = self.shape
        if shape is None or min(places, default=0) < 0:
            raise DataError("the features of a picture are not in the cache", "build it anew")
        records = self._records[list(places)]
        layers = [self._layer(records, shape, layer).to(device) for layer in range(1 + shape.deep)]
        grids = torch.from_numpy(records["grid"].astype(np.int64)).to(device)
        return Features(
            tokens=layers[0],
            counts=tuple(int(count) for count in records["count"]),
            grids=grids if shape.grids else None,
            deep=tuple(layers[1:]),
        )

    @cached_property
    def _mapped(self) -> NDArray[np.uint8]:
        return np.memmap(self._tokens, np.uint8, "r")

    def _layer(self, records: NDArray[np.void], shape: Shape, layer: int) -> Tensor:
        sizes = records["count"] * shape.token_bytes
        starts = records["offset"] + layer * sizes
        parts = [
            self._mapped[a : a + n] for a, n in zip(starts.tolist(), sizes.tolist(), strict=True)
        ]
        gathered = np.concatenate([np.zeros(0, np.uint8), *parts])
        return torch.from_numpy(gathered).view(shape.torch_dtype).reshape(-1, shape.dim)

    def _whole_records(self) -> NDArray[np.void]:
        """Records whose tokens are all there: a power cut may have kept one file and not both."""
        if self.shape is None or not self._pictures.exists() or not self._tokens.exists():
            return np.zeros(0, RECORD)
        data = self._pictures.read_bytes()
        records = np.frombuffer(data, RECORD, len(data) // RECORD.itemsize)
        ends = records["offset"] + _sizes(records, self.shape)
        short = np.flatnonzero(ends > self._tokens.stat().st_size)
        return records[: short[0]] if len(short) else records

    def _end(self) -> int:
        if self.shape is None or not len(self._records):
            return 0
        last = self._records[-1:]
        return int(last["offset"][0] + _sizes(last, self.shape)[0])


def _sizes(records: NDArray[np.void], shape: Shape) -> NDArray[np.int64]:
    sizes: NDArray[np.int64] = records["count"] * shape.token_bytes * (1 + shape.deep)
    return sizes


def _shape_in(folder: Path, key: str) -> Shape | None:
    """The shape on the disk; None where there is none, or one of another key or layout."""
    try:
        facts = json.loads((folder / "cache.json").read_text(encoding="utf-8"))
        shape = Shape(**facts) if isinstance(facts, Mapping) else None
    except (OSError, ValueError, TypeError):
        return None
    known = shape is not None and (shape.key, shape.layout) == (key, LAYOUT)
    return shape if known else None


def _blob(features: Features, index: int) -> bytes:
    """One picture's tokens, then those of its deeper layers."""
    start = sum(features.counts[:index])
    stop = start + features.counts[index]
    layers = [layer[start:stop] for layer in (features.tokens, *features.deep)]
    return b"".join(_bytes(layer) for layer in layers)


def _bytes(tensor: Tensor) -> bytes:
    flat = tensor.detach().cpu().contiguous().flatten()
    return flat.view(torch.uint8).numpy().tobytes()  # numpy has no bfloat16


def _write_at(path: Path, start: int, data: bytes) -> None:
    """Write from `start` on, cut what is behind, and see it onto the disk."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.seek(start)
        file.write(data)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    _write_at(part, 0, text.encode())
    part.replace(path)
