"""What a filter may ask of a row where the answers can be counted: formats, kinds, sources.

Each answer says the same twice: as SQL, and of a row. Refuses to know the names of the filters.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

from vladva.indexes.caption_source import MACHINE, is_machine
from vladva.indexes.query.conditions import Condition, plain
from vladva.indexes.query.query import Filter
from vladva.indexes.query.sql import constant
from vladva.indexes.store import Row

Test = tuple[tuple[str, ...], str, Callable[[Row], bool]]
"""What it reads, see `Condition.reads`; the condition as SQL, the same of a row."""


_BY_MACHINE = f"COALESCE(caption_source, '') LIKE {constant(MACHINE + '%')}"


class OneOf(Condition):
    """One of a few values; `also` holds other names of some."""

    def __init__(
        self, tests: Mapping[str, Test], also: Mapping[str, str], *, either: bool = False
    ) -> None:
        self._tests = tests
        self._also = also
        self.either = either
        self.accepts = ", ".join(tests)

    def value(self, typed: str) -> str | None:
        """See `Condition`."""
        text = plain(typed).lower()
        text = self._also.get(text, text)
        return text if text in self._tests else None

    def names(self) -> Sequence[str]:
        """See `Condition`."""
        return [*self._tests, *self._also]

    def reads(self, one: Filter) -> tuple[str, ...]:
        """See `Condition`."""
        return self._tests[one.value][0]

    def sql(self, one: Filter) -> str:
        """See `Condition`."""
        return self._tests[one.value][1]

    def holds(self, one: Filter, row: Row) -> bool:
        """See `Condition`."""
        return self._tests[one.value][2](row)


def _is(column: str, value: str) -> Test:
    get = attrgetter(column)
    return (column,), f"{column} = {constant(value)}", lambda row: bool(get(row) == value)


def _known(column: str) -> Test:
    get = attrgetter(column)
    return (f"{column}?",), f"{column} IS NOT NULL", lambda row: get(row) is not None


FORMAT = OneOf(
    {
        name: _is("format", name)
        for name in ("jpeg", "png", "webp", "avif", "heif", "tiff", "gif", "bmp", "raw")
    },
    also={"jpg": "jpeg", "heic": "heif", "tif": "tiff"},
    either=True,
)
"""The format of the file, by its content."""

HAS = OneOf(
    {
        "caption": _known("caption"),
        "gps": _known("lat"),
        "keywords": _known("keywords"),
        "date": _known("taken_at"),
        "rating": _known("rating"),
        "camera": _known("camera"),
        "lens": _known("lens"),
    },
    also={"location": "gps", "place": "gps", "keyword": "keywords", "tags": "keywords"},
)
"""Whether something is known of a photo."""

IS = OneOf(
    {
        "raw": _is("format", "raw"),
        "animated": (("animated",), "animated = 1", lambda row: row.animated == 1),
        "portrait": (("width", "height"), "height > width", lambda row: row.height > row.width),
        "landscape": (("width", "height"), "width > height", lambda row: row.width > row.height),
    },
    also={},
)
"""What kind of file or picture it is."""

CAPTION_SOURCE = OneOf(
    {
        "machine": (
            ("caption_source",),
            _BY_MACHINE,
            lambda row: is_machine(row.caption_source),
        ),
        "mine": (
            ("caption?", "caption_source"),
            f"(caption IS NOT NULL AND NOT ({_BY_MACHINE}))",
            lambda row: row.caption is not None and not is_machine(row.caption_source),
        ),
        **{name: _is("caption_source", name) for name in ("sidecar", "xmp", "iptc", "exif", "png")},
    },
    also={},
    either=True,
)
"""Who wrote the caption: a model, or (mine) anyone else; or where it was read."""
