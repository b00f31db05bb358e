"""A query as plain values: what is meant, what is forbidden, what is literal, what is filtered.

Refuses to know how it was typed and how it is answered.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on the facts of a photo, checked: `name` is one of `filters.FILTERS`.

    `op` is `=`, `<`, `<=`, `>`, `>=`, or `!=` for what was typed with a minus. `value` is in the
    spelling of `filters`: dates as ISO 8601 of any precision, formats as `Row.format` has them.
    """

    name: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Query:
    """What a search asks for. Every text in it can be encoded as UTF-8."""

    text: str
    """As it was typed."""
    positive: str
    """The plain words: what an encoder is given. Empty where there are none."""
    forbid: tuple[str, ...]
    """What must not be in the picture."""
    literal: tuple[str, ...]
    """What must be written in the caption, the keywords, or the names of file and folders."""
    filters: tuple[Filter, ...]
