"""An encoder that sees colours, and coloured photos. Light: decode children import it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vladva.errors import Unsupported
from vladva.protocols import Encoder, Prepared, Vectors

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (220, 30, 30),
    "green": (30, 190, 40),
    "blue": (30, 60, 220),
    "yellow": (235, 215, 40),
    "black": (15, 15, 15),
    "white": (245, 245, 245),
}


@dataclass(frozen=True)
class ColourPrepare:
    """Mean colour of a picture, from -1 to 1."""

    version: str = "colour-1"

    def __call__(self, image: Image.Image) -> Prepared:
        pixels = np.asarray(image.resize((8, 8)), dtype=np.float32) / 127.5 - 1
        return {"colour": pixels.reshape(-1, 3).mean(axis=0)}


class ColourEncoder:
    """Pictures and texts as the colour that is in them; other words mean a little grey."""

    def __init__(self, name: str = "mini", fingerprint: str = "colour-encoder-1") -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dim = 4
        self.on_cpu = True
        self.prepare = ColourPrepare()

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        return _unit([picture["colour"].astype(np.float32) for picture in pictures])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return _unit([_meant(text) for text in texts])

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        raise Unsupported("colours have no joint queries")


def _meant(text: str) -> NDArray[np.float32]:
    said = [np.array(rgb) / 127.5 - 1 for name, rgb in COLOURS.items() if name in text.split()]
    return np.mean(said or [np.zeros(3)], axis=0).astype(np.float32)


def _unit(colours: Sequence[NDArray[np.float32]]) -> Vectors:
    rows = np.array([[*colour, 0.1] for colour in colours], dtype=np.float32).reshape(-1, 4)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def load_colours(name: str, **_options: object) -> Encoder:
    """What stands for `load_encoder`."""
    return ColourEncoder(name)


def paint(folder: Path, *, captions: bool = True) -> Path:
    """A folder with one photo of each colour, and a caption beside each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, rgb) in enumerate(COLOURS.items()):
        Image.new("RGB", (96 + 8 * number, 64), rgb).save(folder / f"{name}.jpg", quality=95)
        if captions:
            (folder / f"{name}.txt").write_text(f"a {name} wall\n", encoding="utf-8")
    return folder
