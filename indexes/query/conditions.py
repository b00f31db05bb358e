"""What a filter may ask of a row: in SQL, and in Python.

A typed value is checked by the time it gets here, and enters SQL only as
`sql` writes it. Refuses to know the names of the filters.
"""

import os
from collections.abc import Sequence

from vladva.indexes.paths import to_text
from vladva.indexes.query import dates
from vladva.indexes.query.query import Filter
from vladva.indexes.query.sql import any_like, constant, forms, like
from vladva.indexes.store import Row

_COMPARE = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Condition:
    """What a filter takes and asks. This one takes any text that is not empty."""

    accepts = "any text"
    ops: tuple[str, ...] = ("=",)
    either = True
    """Whether several of one name are alternatives."""
    negatable = True
    instead = ""
    """What to type where a minus makes no sense."""

    def value(self, typed: str) -> str | None:
        """The one spelling of a typed value, None where it is not taken."""
        return plain(typed) or None

    def names(self) -> Sequence[str]:
        """All values, where they can be counted."""
        return ()

    def reads(self, one: Filter) -> tuple[str, ...]:
        """What `holds` looks at; nothing, where that differs from row to row.

        Columns, or all of them that matters: `folder` of `path`, `year`, `month` or `day` of
        `taken_at`, and `caption?` of `caption`, which is empty where there is one.
        """
        raise NotImplementedError

    def sql(self, one: Filter) -> str:
        """The condition; it may be NULL where a fact is not known."""
        raise NotImplementedError

    def holds(self, one: Filter, row: Row) -> bool:
        """The same of one row; False where a fact is not known."""
        raise NotImplementedError


class Contains(Condition):
    """A column holds a text somewhere, upper and lower case alike."""

    def __init__(self, column: str) -> None:
        self._column = column

    def reads(self, one: Filter) -> tuple[str, ...]:  # noqa: ARG002
        """See `Condition`."""
        return (self._column,)

    def sql(self, one: Filter) -> str:
        """See `Condition`."""
        return any_like(f"lower({self._column})", [f"%{like(v)}%" for v in forms(one.value)])

    def holds(self, one: Filter, row: Row) -> bool:
        """See `Condition`."""
        text = (getattr(row, self._column) or "").lower()
        return any(form in text for form in forms(one.value))


class Folder(Condition):
    """A folder, or several in a row, anywhere in the path of a photo.

    The last name may go on, unless a slash ends it; one in front means the whole path.
    """

    accepts = "names of folders, as in 2019/italy"

    def value(self, typed: str) -> str | None:
        """See `Condition`."""
        text = plain(typed.replace(os.sep, "/"))
        while "//" in text:
            text = text.replace("//", "/")
        return text.removeprefix("./") or None

    def reads(self, one: Filter) -> tuple[str, ...]:  # noqa: ARG002
        """See `Condition`."""
        return ("folder",)

    def sql(self, one: Filter) -> str:
        """See `Condition`."""
        start = "" if one.value.startswith("/") else "%/"
        end = "%" if one.value.endswith("/") else "%/%"
        return any_like(_lower_path(), [f"{start}{like(v)}{end}" for v in forms(one.value)])

    def holds(self, one: Filter, row: Row) -> bool:
        """See `Condition`."""
        folder, _, _ = _path(row).rpartition("/")
        folder += "/" * one.value.endswith("/")
        if one.value.startswith("/"):
            return any(folder.startswith(form) for form in forms(one.value))
        return any(f"/{form}" in folder for form in forms(one.value))


class Name(Condition):
    """The name of the file holds a text."""

    accepts = "a part of a file's name"

    def value(self, typed: str) -> str | None:
        """See `Condition`."""
        return None if "/" in typed else super().value(typed)

    def reads(self, one: Filter) -> tuple[str, ...]:  # noqa: ARG002
        """See `Condition`."""
        return ()

    def sql(self, one: Filter) -> str:
        """See `Condition`."""
        name = f"split_part({_lower_path()}, '/', -1)"
        return any_like(name, [f"%{like(v)}%" for v in forms(one.value)])

    def holds(self, one: Filter, row: Row) -> bool:
        """See `Condition`."""
        name = _path(row).rpartition("/")[2]
        return any(form in name for form in forms(one.value))


class Keyword(Condition):
    """One of the keywords, as a whole."""

    either = False

    def reads(self, one: Filter) -> tuple[str, ...]:  # noqa: ARG002
        """See `Condition`."""
        return ()

    def sql(self, one: Filter) -> str:
        """See `Condition`."""
        lines = "concat(chr(10), lower(keywords), chr(10))"
        return any_like(lines, [f"%\n{like(form)}\n%" for form in forms(one.value)])

    def holds(self, one: Filter, row: Row) -> bool:
        """See `Condition`."""
        held = (row.keywords or "").lower().split("\n")
        return row.keywords is not None and any(form in held for form in forms(one.value))


class Rating(Condition):
    """Stars, compared as numbers."""

    accepts = "a number from -1 (rejected) to 5, as in 4 or >=4"
    ops = ("=", "<", "<=", ">", ">=")
    instead = "Turn the comparison around: rating:<4."

    def value(self, typed: str) -> str | None:
        """See `Condition`."""
        return typed if typed in ("-1", "0", "1", "2", "3", "4", "5") else None

    def reads(self, one: Filter) -> tuple[str, ...]:  # noqa: ARG002
        """See `Condition`."""
        return ("rating",)

    def sql(self, one: Filter) -> str:
        """See `Condition`."""
        return f"rating {one.op} {int(one.value)}"

    def holds(self, one: Filter, row: Row) -> bool:
        """See `Condition`."""
        return row.rating is not None and bool(_COMPARE[one.op](row.rating, int(one.value)))


class Date(Condition):
    """When it was taken: from the beginning of a date on, before it, or within it."""

    accepts = dates.ACCEPTED

    def __init__(self, how: str) -> None:
        self._how = how
        self.either = self.negatable = how == "on"
        self.instead = f"Use {'before' if how == '>=' else 'after'}: instead."

    def value(self, typed: str) -> str | None:
        """See `Condition`."""
        return dates.date(typed)

    def reads(self, one: Filter) -> tuple[str, ...]:
        """See `Condition`."""
        return (dates.precision(one.value),)

    def sql(self, one: Filter) -> str:
        """See `Condition`."""
        if self._how == "on":
            return f"starts_with(taken_at, {constant(one.value)})"
        return f"taken_at {self._how} {constant(one.value)}"

    def holds(self, one: Filter, row: Row) -> bool:
        """See `Condition`."""
        taken = row.taken_at
        if taken is None:
            return False
        if self._how == "on":
            return taken.startswith(one.value)
        return bool(_COMPARE[self._how](taken, one.value))


def plain(typed: str) -> str:
    """Typed text as a table can hold it."""
    return to_text(typed).strip()


def _path(row: Row) -> str:
    return to_text(row.path).lower().replace(os.sep, "/")


def _lower_path() -> str:
    return "lower(path)" if os.sep == "/" else f"replace(lower(path), {constant(os.sep)}, '/')"
