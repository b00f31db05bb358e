"""A query → what can be asked of one picture, one yes/no question each.

    clause   = phrase (relation phrase)*
             | relation phrase "is" phrase | phrase "with" phrase relation "it"
    relation = verb-ing | [verb] preposition: "left of", "holding", "sitting on"
    setting  = a time, or a place after on, in, at, by

Clauses stand between commas and "and". What does not fit is asked as a whole. The wordings are the
ones that the packaged model was taught (`toyland` draws them); any model reads them. No parser with
a model of its own: what is asked must be the same everywhere, and plain to predict. Refuses to know
who answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vladva.indexes.query.clauses import Clause, clauses
from vladva.indexes.query.lexicon import SETTINGS
from vladva.indexes.query.phrases import Phrase, one_of, phrase
from vladva.indexes.query.query import Query

Form = Literal["thing", "count", "relation", "setting", "whole"]
_MOST = 12
_THERE = "{is} there {x}?"
_SEE = "can you see {x}?"
_TAKEN = "was the picture taken {x}?"
_SHOWS = "does the picture show {x}?"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that a picture must show, or must not.

    `question` asks whether it is there: the right answer is yes for `require`, no for `forbid`.
    """

    text: str
    kind: Literal["require", "forbid"]
    question: str
    form: Form


def constraints(query: Query) -> list[Constraint]:
    """What a query requires and forbids, at most 12, things before what relates them."""
    found = [*_required(query.positive), *map(_forbidden, query.forbid)]
    return list({one.question: one for one in reversed(found)}.values())[::-1][:_MOST]


def _required(text: str) -> Iterator[Constraint]:
    for clause in clauses(text):
        yield from _things(clause)
        for a, relation, b in clause.relations:
            typed = f"{a.text} {relation} {b.text if b else ''}".strip()
            said = f"{a.asked} {relation} {_object(relation, b)}".strip()
            yield Constraint(typed, "require", _there(a, said), "relation" if b else "whole")
        for setting in clause.settings:
            yield Constraint(setting, "require", _TAKEN.replace("{x}", setting.lower()), "setting")
        if clause.whole:
            yield Constraint(clause.whole, "require", _SHOWS.replace("{x}", clause.whole), "whole")


def _things(clause: Clause) -> Iterator[Constraint]:
    for one in clause.phrases:
        form: Form = "count" if one.number else "thing"
        yield Constraint(one.text, "require", _there(one, one.asked), form)


def _forbidden(text: str) -> Constraint:
    low = text.lower()
    if low in SETTINGS:
        return Constraint(text, "forbid", _TAKEN.replace("{x}", SETTINGS[low]), "setting")
    if found := phrase(text.split()):
        form: Form = "count" if found.number else "thing"
        one = one_of(found)
        return Constraint(text, "forbid", _there(one, one.asked), form)
    return Constraint(text, "forbid", _SHOWS.replace("{x}", text), "whole")


def _object(relation: str, b: Phrase | None) -> str:
    """The other side of a relation; what a verb alone takes stays as typed: "playing football"."""
    if b is None:
        return ""
    return b.text if relation.endswith("ing") and not b.plural and b.bare else b.asked


def _there(about: Phrase, said: str) -> str:
    wording = _SEE if about.proper else _THERE.replace("{is}", about.verb)
    return wording.replace("{x}", said)
