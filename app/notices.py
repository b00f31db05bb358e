"""What must be said once, loudly: the packaged model knows only a drawn world.

Refuses to know how it is shown.
"""

from collections.abc import Iterable
from pathlib import Path

from vladva.presets import PRESETS

DRAWN_ONLY = frozenset({"mini", "clip-mini"})
"""Encoders that have never seen a photograph."""
_DRAWN = "{model} knows only the drawn world of the demo: it cannot understand photographs."
FOR_PHOTOGRAPHS = ("siglip2-base", "qwen3-vl-embedding-2b")


def is_drawn(folder: Path) -> bool:
    """Whether `vladva toyland` or `vladva demo` wrote this folder."""
    return (folder / "scenes.jsonl").is_file()


def photograph_notice(model: str, folders: Iterable[Path], *, page: bool = False) -> str:
    """What to say when a model that knows only drawings meets photographs, else nothing.

    `page`: with the way out that the page has, not the terminal's.
    """
    if model not in DRAWN_ONLY or all(is_drawn(folder) for folder in folders):
        return ""
    if page:
        return f"{_DRAWN.format(model=model)}\nFor photographs: Library, Change the encoder."
    lines = [
        _DRAWN.format(model=model),
        "For photographs name a model that can (it is downloaded once):",
    ]
    for name in FOR_PHOTOGRAPHS:
        size = PRESETS[name].size_bytes / 1e9
        lines.append(f"  vladva index FOLDER --model {name:<22} ({size:.1f} GB)")
    return "\n".join(lines)


def caption_notice(model: str, images: Iterable[Path]) -> str:
    """What to say when a model that knows only drawings shall describe photographs."""
    if model not in DRAWN_ONLY or all(is_drawn(image.absolute().parent) for image in images):
        return ""
    return (
        f"{model} knows only the drawn world of the demo: what it says of photographs means "
        "nothing. --model names one that knows them (`vladva models`)."
    )
