"""A description in plain English → clauses: phrases, what relates them, and settings.

The grammar is in `constraints`. Refuses to know which question a clause becomes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from vladva.indexes.query.lexicon import (
    ADJECTIVES,
    ARTICLES,
    COPULAS,
    ENDS,
    FRAMES,
    FUNCTION,
    NUMBERS,
    PLACE_PREPOSITIONS,
    PLACES,
    RELATIONS,
    SETTINGS,
    SOME,
    THINGS_IN_ING,
)
from vladva.indexes.query.phrases import Phrase, phrase
from vladva.indexes.query.words import TIMES

Words = list[str]
_BREAKS = re.compile(r"[,;:，、；،؛]+(?=\s|$)|[.!?…。！？]+(?=\s|$)")
Related = tuple[Phrase, str, Phrase | None]
_WORN = ("in", "with", "wearing")
_JOINS = frozenset({"and", "&", "plus"})


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a description. `whole` is set where it could not be taken apart."""

    phrases: list[Phrase] = field(default_factory=list)
    relations: list[Related] = field(default_factory=list)
    """What stands how to what; nothing behind a verb alone ("a dog running")."""
    settings: list[str] = field(default_factory=list)
    whole: str = ""


def clauses(text: str) -> Iterator[Clause]:
    """The clauses of a description, in order."""
    for segment in _BREAKS.split(text):
        settings: list[str] = []
        words = _without_settings(_trimmed(segment.split()), settings)
        words = _trimmed(words)
        if settings:
            yield Clause(settings=settings)
        if not words:
            continue
        if "between" in _low(words):  # "a dog between a cat and a car" is one
            yield Clause(whole=" ".join(words))
            continue
        for part in _parts(words):
            if trimmed := _trimmed(part):
                yield _clause(trimmed)


def _clause(words: Words) -> Clause:
    whole = Clause(whole=" ".join(words))
    if len(words) == 1 and words[0].lower() in SETTINGS:
        return Clause(settings=[SETTINGS[words[0].lower()]])
    turned = _turned(words)
    pieces, relations = _pieces(turned or words)
    phrases = [phrase(piece) for piece in pieces if piece]
    if not phrases or None in phrases or len(pieces) - len(phrases) > (not pieces[-1]):
        return whole
    sure = [one for one in phrases if one]
    return Clause(sure, list(_related(sure, relations)))


def _related(phrases: list[Phrase], relations: list[str]) -> Iterator[Related]:
    """Each relation with its two sides: "a man in a hat holding a cup" is about the man."""
    ends: list[Phrase | None] = [*phrases[1:], None]
    subject, last = phrases[0], ""
    for a, relation, b in zip(phrases, relations, ends, strict=False):
        worn = last in _WORN and relation.split()[0].endswith("ing")
        subject, last = subject if worn else a, relation
        yield subject, relation, b


def _turned(words: Words) -> Words | None:
    """What is said from the other side, turned: "left of a car is a dog"."""
    if words[-1].lower() == "it" and "with" in _low(words):
        at = _low(words).index("with")
        return [*words[at + 1 : -1], *words[:at]]
    if not (length := _relation(words, 0)) or words[0].lower() == "with":
        return None
    for at in range(length + 1, len(words)):
        if copula := _match(words, at, COPULAS):
            return [*words[at + copula :], *words[:at]]
    return None


def _pieces(words: Words) -> tuple[list[Words], list[str]]:
    """Words between relations, and the relations. The last piece may be empty."""
    pieces: list[Words] = [[]]
    relations: list[str] = []
    at = 0
    while at < len(words):
        length = _relation(words, at) if pieces[-1] else 0
        if length:
            relations.append(" ".join(words[at : at + length]).lower())
            pieces.append([])
        elif pieces[-1] and (copula := _match(words, at, COPULAS)):
            length = copula if _relation(words, at + copula) else 0  # "is left of"
        if not length:
            pieces[-1].append(words[at])
        at += length or 1
    return pieces, [re.sub(r"^(can be seen|is seen) ", "", relation) for relation in relations]


def _relation(words: Words, at: int) -> int:
    """How many words from here are a relation."""
    seen = _match(words, at, (("can", "be", "seen"),))
    if seen:
        return seen + after if (after := _match(words, at + seen, RELATIONS)) else 0
    if at >= len(words):
        return 0
    low = words[at].lower()
    after = _match(words, at + 1, RELATIONS)
    if low.endswith("ing") and len(low) > 4 and low not in THINGS_IN_ING and low not in FUNCTION:
        ahead = words[at + 1 : at + 2]
        return 1 + after if not ahead or after or _opens(ahead[0]) or at + 2 == len(words) else 0
    if low.endswith("ed") and len(low) > 4 and after:
        return 1 + after
    return _match(words, at, RELATIONS)


def _opens(word: str) -> bool:
    """Whether a phrase surely begins with a word."""
    return word.lower() in ARTICLES | SOME | ADJECTIVES or word.lower() in NUMBERS


def _parts(words: Words) -> Iterator[Words]:
    """The words between those "and"s that stand between phrases."""
    part: Words = []
    for at, word in enumerate(words):
        if word.lower() in _JOINS and part and at + 1 < len(words):
            after = words[at + 1]
            listed = words[at - 1].lower() in ADJECTIVES and after.lower() not in ARTICLES | SOME
            if not (listed or after.lower().endswith("ing")):
                yield part
                part = []
                continue
        part.append(word)
    if part:
        yield part


def _without_settings(words: Words, found: list[str]) -> Words:
    """The words but those that say when and where, which go to `found`."""
    left: Words = []
    at = 0
    while at < len(words):
        if length := _match(words, at, TIMES) or place_length(words[at:]):
            found.append(" ".join(words[at : at + length]))
        else:
            left.append(words[at])
        at += length or 1
    closed = FUNCTION | ARTICLES | ADJECTIVES  # "a red sunset" is a thing
    if len(left) > 1 and left[-1].lower() in SETTINGS and left[-2].lower() not in closed:
        found.append(SETTINGS[left.pop().lower()])
    return left


def place_length(words: Sequence[str]) -> int:
    """How many words at the start are a place: a preposition, an article, adjectives, a place.

    0 where they are none, or go on: "in the park", not "in the park bench". At least one word.
    """
    low = _low(words[:5])
    if low[0] not in PLACE_PREPOSITIONS:
        return 0
    for end, word in enumerate(low[1:], start=1):
        if word in PLACES and not (low[end + 1 : end + 2] and low[end + 1] == "of"):
            ahead = words[end + 1 : end + 2]
            return end + 1 if not ahead or ahead[0].lower() in FUNCTION | _JOINS else 0
        if word in FUNCTION - ARTICLES or word in NUMBERS:
            return 0
    return 0


def _trimmed(words: Words) -> Words:
    """The words without what says nothing in front of them and behind them."""
    rest = [word.strip("\"'()[]") or word for word in words]
    while frame := _match(rest, 0, FRAMES):
        if _low(rest[:frame]) == ["with"] and "it" in _low(rest):
            break
        rest = rest[frame:]
    while length := next((len(e) for e in ENDS if tuple(_low(rest))[-len(e) :] == e), 0):
        rest = rest[:-length]
    return rest


def _match(words: Words, at: int, entries: Sequence[tuple[str, ...]]) -> int:
    """The length of the first entry that stands here, 0 where none does."""
    return next((len(e) for e in entries if tuple(_low(words[at : at + len(e)])) == e), 0)


def _low(words: Sequence[str]) -> list[str]:
    return [word.lower() for word in words]
