"""The fields of one row, whatever file they came from, as an `Example`.

Refuses to know where rows are kept: whoever reads them says how a name becomes a picture.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from vladva.trainer.examples import Edit, Example, ImageRef, Routing

MAX_BYTES = 16 << 20
"""A row or a caption file that is longer is no row: it is read into memory whole."""
Find = Callable[[str], ImageRef]
"""A picture's name in a row → the picture. Raises `RowError`."""


class RowError(ValueError):
    """Why a row cannot be used, in words; it never leaves this room."""


class Captions:
    """What a row says of its picture, sorted by the loss that it feeds. Raises `RowError`."""

    def __init__(self, row: dict[str, Any], routing: Routing) -> None:
        self._routing = routing
        self._short, self._long = texts(row, "short"), texts(row, "long")
        for name in ("caption", "captions", "text"):
            self.add(texts(row, name))

    def add(self, captions: list[str]) -> None:
        """Bare captions: their words decide."""
        for caption in captions:
            is_short = len(caption.split()) < self._routing.short_words
            (self._short if is_short else self._long).append(caption)

    def sorted(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(short, long), each caption once."""
        short, long = (tuple(dict.fromkeys(kind)) for kind in (self._short, self._long))
        if self._routing.join and len(short) > 1 and not long:
            long = (" ".join(_sentence(caption) for caption in short),)
        if not short and not long and not self._routing.captionless:
            raise RowError("no caption in 'short', 'long' or 'caption'")
        return short, long


def parse(line: bytes) -> dict[str, Any]:
    """A row's JSON. Raises `RowError`."""
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        raise RowError("not UTF-8") from error
    except RecursionError as error:
        raise RowError("not JSON: nested too deeply") from error
    except ValueError as error:
        raise RowError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise RowError(f"not a JSON object but {_kind(value)}")
    return value


def lines_of(text: bytes) -> list[str]:
    """A caption file: one caption a line. Raises `RowError`."""
    try:
        lines = text.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise RowError("its captions are not UTF-8") from error
    return [line.strip() for line in lines if line.strip()]


def example(
    name: str, image: ImageRef, row: dict[str, Any], captions: Captions, find: Find
) -> Example:
    """Everything that a row holds. Raises `RowError`."""
    short, long = captions.sorted()
    return Example(
        name=name,
        image=image,
        short=short,
        long=long,
        negatives=tuple(_negatives(row)),
        paraphrases=tuple(_paraphrases(row)),
        edits=tuple(_edits(row, find)),
    )


def texts(row: dict[str, Any], name: str) -> list[str]:
    """A field that is a text, a list of texts, or absent; empty texts go. Raises `RowError`."""
    value = row.get(name)
    values = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(text, str) for text in values):
        raise RowError(f"{name!r} is neither a text nor a list of texts")
    return [text.strip() for text in values if text.strip()]


def _list(row: dict[str, Any], name: str) -> list[Any]:
    value = row.get(name)
    if value is not None and not isinstance(value, list):
        raise RowError(f"{name!r} is not a list but {_kind(value)}")
    return value or []


def _negatives(row: dict[str, Any]) -> Iterator[str]:
    for one in _list(row, "negatives"):
        text = one.get("negative") if isinstance(one, dict) else one
        if not isinstance(text, str) or not text.strip():
            raise RowError("'negatives' holds something that is neither text nor {\"negative\": …}")
        yield text.strip()


def _paraphrases(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for pair in _list(row, "paraphrases"):
        match pair:
            case [str(one), str(other)] if one.strip() and other.strip():
                yield one.strip(), other.strip()
            case _:
                raise RowError("'paraphrases' holds something that is not a pair of texts")


def _edits(row: dict[str, Any], find: Find) -> Iterator[Edit]:
    for one in _list(row, "edits"):
        match one:
            case {"instruction": str(instruction), "target": str(target)} if instruction.strip():
                yield Edit(instruction.strip(), find(target))
            case _:
                raise RowError("'edits' holds something without an instruction and a target")


def _sentence(caption: str) -> str:
    return caption if caption[-1] in ".!?…。" else f"{caption}."


def _kind(value: object) -> str:
    names = {list: "a list", str: "a text", dict: "an object", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")
