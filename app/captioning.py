"""Pictures in files → captions, by the generative half of a model.

Refuses to know how they are shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vladva.app.sources import source_in_use
from vladva.app.training import is_library
from vladva.errors import ImageError, Unsupported
from vladva.images import open_image
from vladva.indexes.library import Library
from vladva.presets import PRESETS, default_model
from vladva.protocols import Encoder, Generator, Prepare, Prepared, Style

_AT_ONCE = 8


@dataclass(frozen=True)
class Captioned:
    """A picture in words; or None, and why."""

    path: str
    caption: str | None
    reason: str = ""
    hint: str = ""


def speaking_model(library: Path, named: str | None) -> str:
    """The model that was named, else the one that the library is searched with, else the default.

    Raises `Unsupported`, before anything is fetched, where it is a preset that only embeds.
    """
    model = named or _of_library(library) or default_model()
    check_speaks(model)
    return model


def check_speaks(model: str) -> None:
    """Raises `Unsupported` where a model is a preset that only embeds."""
    if model in PRESETS and not PRESETS[model].generative:
        raise _only_embeds(model)


def load_speaker(model: str, device: str) -> tuple[Generator, Prepare]:
    """A model's generative half, no adapter on it, and what makes its input.

    Raises `Unsupported` where it has none.
    """
    from vladva.encoders import load_encoder

    encoder = load_encoder(model, device=device, adapter=None)
    return speaker_of(encoder), encoder.prepare


def speaker_of(encoder: Encoder) -> Generator:
    """An encoder's generative half, any adapter off. Raises `Unsupported` where it has none."""
    speaking: Any = encoder
    if not hasattr(speaking, "generator"):
        raise _only_embeds(encoder.name)
    generator: Generator = speaking.generator()
    return generator


def captions(
    generator: Generator, prepare: Prepare, images: Sequence[Path], style: Style
) -> Iterator[Captioned]:
    """One result a file, in order; files that cannot be read come with their reason."""
    for start in range(0, len(images), _AT_ONCE):
        chunk = [_read(path, prepare) for path in images[start : start + _AT_ONCE]]
        pictures = [one for one in chunk if not isinstance(one, Captioned)]
        words = iter(generator.caption(pictures, style) if pictures else ())
        for path, one in zip(images[start:], chunk, strict=False):
            if isinstance(one, Captioned):
                yield one
            else:
                yield Captioned(str(path.absolute()), next(words))


def _read(path: Path, prepare: Prepare) -> Prepared | Captioned:
    if not path.exists():
        return Captioned(str(path.absolute()), None, "there is no such file")
    try:
        return prepare(open_image(path))
    except ImageError as error:
        return Captioned(str(path.absolute()), None, error.message, error.hint)


def _of_library(folder: Path) -> str | None:
    if not is_library(folder):
        return None
    with Library.open(folder, create=False) as library:
        return source_in_use(library).model if library.active() else None


def _only_embeds(model: str) -> Unsupported:
    names = ", ".join(name for name, preset in PRESETS.items() if preset.generative)
    return Unsupported(f"{model} only embeds: it has no words of its own", f"These can: {names}.")
