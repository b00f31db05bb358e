"""The filters of a query: their names, what each takes, and what each asks of a row.

To add one: an entry of `FILTERS`. Each says the same twice, for the database (`where`) and for one
row (`matches`); tests hold the two together. Nothing that was typed reaches SQL but as a quoted
constant. Refuses to know how a filter is typed.
"""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from vladva.errors import QueryError
from vladva.indexes.query import choices
from vladva.indexes.query import conditions as on
from vladva.indexes.query.conditions import Condition
from vladva.indexes.query.query import Filter
from vladva.indexes.store import Row

FILTERS: dict[str, Condition] = {
    "folder": on.Folder(),
    "file": on.Name(),
    "camera": on.Contains("camera"),
    "lens": on.Contains("lens"),
    "keyword": on.Keyword(),
    "type": choices.FORMAT,
    "rating": on.Rating(),
    "after": on.Date(">="),
    "before": on.Date("<"),
    "on": on.Date("on"),
    "has": choices.HAS,
    "is": choices.IS,
    "caption-source": choices.CAPTION_SOURCE,
}
"""Name → what it means. `op` and `value` of a `Filter` are as `checked` leaves them."""
_MEANT = {
    "album": "folder", "directory": "folder", "dir": "folder", "path": "folder", "in": "folder",
    "filename": "file", "name": "file", "make": "camera", "model": "camera", "device": "camera",
    "tag": "keyword", "tags": "keyword", "keywords": "keyword", "ext": "type", "format": "type",
    "filetype": "type", "stars": "rating", "since": "after", "from": "after", "until": "before",
    "to": "before", "date": "on", "day": "on", "year": "on", "month": "on", "taken": "on",
}  # fmt: skip


def checked(name: str, op: str, value: str, *, minus: bool = False) -> Filter:
    """The filter that was typed as `name:op value`, `minus` before it or not.

    Raises `QueryError`: an unknown name, an operator or a value that the filter does not take.
    """
    condition = FILTERS.get(name)
    if condition is None:
        raise _unknown(name, op, value)
    if op not in condition.ops:
        raise QueryError(f'The filter "{name}" takes no {op}.', _takes(name, condition))
    if minus and (op != "=" or not condition.negatable):
        raise QueryError(f'The filter "{name}" takes no minus here.', condition.instead)
    plain = condition.value(value)
    if plain is None:
        near = get_close_matches(value.lower(), condition.names(), 1, 0.6)
        meant = f"Did you mean {name}:{near[0]}? " if near else ""
        raise QueryError(f'The filter "{name}" does not take "{_short(value)}".',
                         meant + _takes(name, condition))  # fmt: skip
    return Filter(name, "!=" if minus else op, plain)


def where(filters: Sequence[Filter]) -> str | None:
    """The condition on a table's rows as SQL for LanceDB, None where there is none.

    Filters of one name that ask for equality are alternatives, unless each can hold beside the
    other (`has`, `keyword`); all else must hold together.
    """
    groups = ["(" + " OR ".join(map(_sql, group)) + ")" for group in alternatives(filters)]
    return " AND ".join(groups) or None


def matches(filters: Sequence[Filter], row: Row) -> bool:
    """Whether a row meets `where(filters)`: the reference for the database's answer."""
    return all(any(holds(one, row) for one in group) for group in alternatives(filters))


def alternatives(filters: Sequence[Filter]) -> list[list[Filter]]:
    """Filters in groups of which one must hold each."""
    groups: dict[str | int, list[Filter]] = {}
    for at, one in enumerate(filters):
        either = one.op == "=" and FILTERS[one.name].either
        groups.setdefault(one.name if either else at, []).append(one)
    return list(groups.values())


def _sql(one: Filter) -> str:
    said = FILTERS[one.name].sql(_asked(one))
    return f"NOT COALESCE({said}, FALSE)" if one.op == "!=" else said  # unknown meets no condition


def holds(one: Filter, row: Row) -> bool:
    """Whether a row meets one filter."""
    return FILTERS[one.name].holds(_asked(one), row) != (one.op == "!=")


def _asked(one: Filter) -> Filter:
    """What is asked where a minus is left out of it."""
    return replace(one, op="=") if one.op == "!=" else one


def _unknown(name: str, op: str, value: str) -> QueryError:
    typed = _short(f"{name}:{'' if op == '=' else op}{value}")
    quote = f'To search for the text itself, quote it: "{typed}".'
    if value.startswith("//"):
        return QueryError(f"{typed} is an address, not a filter.", quote)
    near = [_MEANT[name]] if name in _MEANT else get_close_matches(name, FILTERS, 1, 0.5)
    meant = f"Did you mean {near[0]}:? " if near else ""
    return QueryError(
        f'There is no filter "{_short(name)}".',
        f"{meant}Filters: {', '.join(FILTERS)}. {quote}",
    )


def _takes(name: str, condition: Condition) -> str:
    return f"{name}: takes {condition.accepts}."


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
