"""Training data of every layout, written in code."""

import io
import json
import os
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vladva.protocols import Prepared


@dataclass(frozen=True)
class Shrink:
    """A `Prepare` without a model: the picture at 4 x 4."""

    version: str = "shrink"

    def __call__(self, image: Image.Image) -> Prepared:
        """RGB picture → its samples."""
        return {"pixel_values": np.asarray(image.resize((4, 4)), np.float32)}


@dataclass(frozen=True)
class Deadly:
    """A decoder that one colour kills."""

    version: str = "deadly"

    def __call__(self, image: Image.Image) -> Prepared:
        if image.getpixel((0, 0)) == (14, 62, 202):  # picture number 2
            os._exit(11)
        return {"pixel_values": np.zeros(3, np.float32)}


def photo(number: int) -> bytes:
    """A small PNG of one colour, another for each number."""
    file = io.BytesIO()
    colour = (number * 7 % 256, number * 31 % 256, number * 101 % 256)
    Image.new("RGB", (8, 8), colour).save(file, "PNG")
    return file.getvalue()


def write_photos(folder: Path, count: int) -> list[str]:
    """`count` pictures → their names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number:03}.png" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(photo(number))
    return names


def write_jsonl(path: Path, rows: Sequence[Mapping[str, Any] | str]) -> Path:
    """Rows, or lines as they are, as a file."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return path


def captioned(folder: Path, count: int, **fields: Any) -> Path:
    """A JSONL file of `count` pictures with five short captions and two long ones each."""
    rows = [
        {
            "image": name,
            "short": [f"photo {number} told {i}" for i in range(5)],
            "long": [f"all that there is to say about {number}, take {i}" for i in range(2)],
            **fields,
        }
        for number, name in enumerate(write_photos(folder, count))
    ]
    return write_jsonl(folder / "train.jsonl", rows)


def write_tar(path: Path, files: Mapping[str, bytes]) -> Path:
    """A plain tar of these files, in order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def shard_files(count: int, start: int = 0) -> dict[str, bytes]:
    """Samples of a shard: a picture and a caption file each."""
    files: dict[str, bytes] = {}
    for number in range(start, start + count):
        files[f"{number:06}.png"] = photo(number)
        files[f"{number:06}.txt"] = f"photo number {number}".encode()
    return files
