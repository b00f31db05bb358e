"""The inverse of `voice`: a text in toyland's language → the facts that it claims.

A sentence becomes a row of signs (a thing, a relation, a place, a time, a plain word) and the
wordings of relations, written in the same signs, are looked for in it. So a garbled text gives
what can be read of it: a clause with a word that is not of the language is skipped, and what
stands alone claims only itself. Refuses to know scenes and whether a fact holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from vladva.toyland.facts import (
    Absent,
    At,
    Count,
    Exists,
    Fact,
    Phrase,
    Relation,
    Setting,
)
from vladva.toyland.scene import COLOURS, GROUPS, KINDS
from vladva.toyland.voice import wordings

THING, RELATION, PLACE, TIME, MARK, STRANGE = "<thing>", "<relation>", "<place>", "<time>", ",", "?"
"""Signs; every other sign is a plain word of the language."""
NONE = ("no", "any")
ONE = ("a", "an", "the")
BREAKS = (MARK, ".", "and")
"""What ends a clause."""
WORDINGS = (
    *("where", "scenery", "with where", "with more", "things", "no thing", "relates"),
    *("long opening", "long things", "long more", "long count", "long relates", "long absent"),
    "long alone",
)
"""The sections of `wordings.json` that captions are made of."""


@dataclass(frozen=True)
class Sign:
    """One piece of a text, and what it means: a thing's claim, or the name of the others."""

    kind: str
    item: Exists | Count | Absent | None = None
    name: str = ""


def read(text: str) -> tuple[Fact, ...]:
    """The facts that a text claims, in its order, each once. A question claims nothing.

    Any text will do; never raises.
    """
    plain = " ".join(re.sub(r"\s*-\s*", "-", text.lower()).split())
    found: dict[Fact, None] = {}
    for sentence in re.split(r"[.!]", plain):
        if sentence.strip() in _alone():
            found[Count(Phrase(), 1)] = None
        else:
            found.update(dict.fromkeys(_claims(_without_strange(_signs(sentence)))))
    return tuple(found)


def _claims(signs: list[Sign]) -> Iterator[Fact]:
    """The longest wording of a relation wherever one fits, else each sign by itself."""
    at = 0
    while at < len(signs):
        fact, length = _claim(signs[at:])
        if fact:
            yield fact
        at += length


def _claim(signs: list[Sign]) -> tuple[Fact | None, int]:
    """What is claimed at the beginning of a row of signs, and by how many of them."""
    for shape in _shapes():
        front = signs[: len(shape.signs)]
        if tuple(sign.kind for sign in front) == shape.signs:
            a, b = front[shape.a].item, front[shape.b].item
            if isinstance(a, Exists) and isinstance(b, Exists):  # not two dogs, nor no dog
                return Relation(a.phrase, front[shape.relation].name, b.phrase), len(front)
    return _alone_claimed(signs[0]), 1


@dataclass(frozen=True)
class Shape:
    """A wording of a relation in signs; `a`, `b`, `relation` are places in it."""

    signs: tuple[str, ...]
    a: int
    b: int
    relation: int


def _alone_claimed(sign: Sign) -> Fact | None:
    if sign.kind == PLACE:
        return Setting(sign.name)
    if sign.kind == TIME:
        return At("day" if sign.name == "day" else "night")
    return sign.item


def _without_strange(signs: list[Sign]) -> list[Sign]:
    """A clause that holds a word from elsewhere becomes one strange sign."""
    kept: list[Sign] = []
    clause: list[Sign] = []
    for sign in [*signs, Sign(".")]:
        if sign.kind in BREAKS:
            strange = any(other.kind == STRANGE for other in clause)
            kept += [Sign(STRANGE)] if strange else clause
            kept.append(sign)
            clause = []
        else:
            clause.append(sign)
    return kept


def _signs(sentence: str) -> list[Sign]:
    return [_sign(match) for match in _grammar().finditer(sentence)]


def _sign(match: re.Match[str]) -> Sign:
    group, text = str(match.lastgroup), match.group()
    if group == "noun":
        return Sign(THING, _item(match))
    if group == "word":
        return Sign(text if text in _vocabulary() else STRANGE)
    if group == "mark":
        return Sign(MARK if text in ",;:" else STRANGE)
    return Sign(f"<{group}>", name=_names(group)[text])


def _item(match: re.Match[str]) -> Exists | Count | Absent:
    article, noun = match["article"], match["noun"]
    field, name = _nouns()[noun]
    size: Any = _names("size").get(match["size"] or "")
    phrase = Phrase(**{field: name} if field else {}, colour=match["colour"], size=size)
    if article in NONE:
        return Absent(phrase)
    return Exists(phrase) if article in ONE else Count(phrase, _numbers()[article])


@cache
def _grammar() -> re.Pattern[str]:
    """Everything that is one sign; the longest of several, and a place before a relation."""
    articles = _either([*NONE, *ONE, *_numbers()])
    noun = (
        rf"(?P<article>{articles}) (?:(?P<size>{_either(_names('size'))}) )?"
        rf"(?:(?P<colour>{_either(COLOURS)}) )?(?P<noun>{_either(_nouns())})(?![\w-])"
    )
    named = [
        rf"(?P<{group}>{_either(_names(group))})(?![\w-])"
        for group in ("place", "time", "relation")
    ]
    return re.compile("|".join([*named, noun, r"(?P<word>[\w-]+)", r"(?P<mark>[^\w\s])"]))


def _either(words: Any) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)).replace(r"\ ", " ")


def _said(section: str, name: str = "") -> list[str]:
    """All wordings of a section, seen and unseen."""
    found = wordings()[section]
    found = found.get(name, {"seen": [name]}) if name else found
    return [*found["seen"], *found.get("unseen", [])]


@cache
def _names(section: str) -> dict[str, str]:
    """Wording → what it names."""
    return {text: name for name in wordings()[section] for text in _said(section, name)}


@cache
def _numbers() -> dict[str, int]:
    number: dict[str, str] = wordings()["number"]
    return {word: int(n) for n, word in number.items()} | {n: int(n) for n in number}


@cache
def _nouns() -> dict[str, tuple[str, str]]:
    """Noun, singular or plural → the field of a phrase that it fills, and with what."""
    words = {"thing": ("", "")}
    words |= {word: ("kind", kind) for kind in KINDS for word in _said("kind", kind)}
    words |= {wordings()["group"][name]: ("group", name) for name in GROUPS}
    plural = wordings()["plural"]
    return words | {plural.get(word, word + "s"): means for word, means in words.items()}


@cache
def _alone() -> frozenset[str]:
    return frozenset(text.lower().rstrip(".") for text in _said("long alone"))


@cache
def _vocabulary() -> frozenset[str]:
    """Every word of the language: from other words no clause can be read."""
    texts = [text for section in WORDINGS for text in _said(section)]
    texts += [*_numbers(), *_nouns(), *_names("relation"), *_names("size"), *COLOURS, *NONE, *ONE]
    texts += [*_names("place"), *_names("time")]
    return frozenset(re.findall(r"[\w-]+", re.sub(r"\{\w+\}", " ", " ".join(texts)).lower()))


@cache
def _shapes() -> tuple[Shape, ...]:
    """The wordings of relations in signs, the longest first."""
    found: set[Shape] = set()
    for text in _said("relates") + _said("long relates"):
        words = re.findall(r"[\w{}-]+|,", text.lower())
        slots = {"{a}": THING, "{b}": THING, "{the_a}": THING, "{the_b}": THING, "{r}": RELATION}
        places = {word.strip("{}").removeprefix("the_"): i for i, word in enumerate(words)}
        signs = tuple(slots.get(word, word) for word in words)
        found.add(Shape(signs, places["a"], places["b"], places["r"]))
    return tuple(sorted(found, key=lambda shape: (-len(shape.signs), shape.signs)))
