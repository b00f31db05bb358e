"""A query as chips: parts that can be shown and taken away one by one.

Refuses to know how a chip looks.
"""

from dataclasses import dataclass, replace
from typing import Literal

from vladva.indexes.query.parse import (
    spelled_filter,
    spelled_forbid,
    spelled_literal,
    written,
)
from vladva.indexes.query.query import Query


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a query: `text` for people, `written` as it is typed."""

    kind: Literal["meaning", "forbid", "literal", "filter"]
    text: str
    written: str


def chips(query: Query) -> list[Chip]:
    """The parts of a query: its meaning, what it forbids, its literal texts, its filters."""
    meaning = [Chip("meaning", query.positive, query.positive)] if query.positive else []
    return [
        *meaning,
        *(Chip("forbid", f"no {text}", spelled_forbid(text)) for text in query.forbid),
        *(Chip("literal", f"“{text}”", spelled_literal(text)) for text in query.literal),
        *(Chip("filter", spelled_filter(one), spelled_filter(one)) for one in query.filters),
    ]


def without(query: Query, chip: Chip) -> Query:
    """The query without one of its chips; a chip that it does not have changes nothing."""
    if chip.kind == "meaning":
        less = replace(query, positive="" if chip.text == query.positive else query.positive)
    else:
        less = replace(
            query,
            forbid=tuple(t for t in query.forbid if _other(chip, "forbid", spelled_forbid(t))),
            literal=tuple(t for t in query.literal if _other(chip, "literal", spelled_literal(t))),
            filters=tuple(f for f in query.filters if _other(chip, "filter", spelled_filter(f))),
        )
    return replace(less, text=written(less))


def _other(chip: Chip, kind: str, typed: str) -> bool:
    return (kind, typed) != (chip.kind, chip.written)
