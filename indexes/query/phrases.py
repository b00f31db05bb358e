"""A plain English noun phrase: its number, its article, and the words that ask for it.

    phrase = [exactly] [article | some | number] word… [of word…]

No part of speech is known: a phrase is what holds none of the closed words of `lexicon`. Refuses
to know what stands between phrases.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vladva.indexes.query.lexicon import (
    ADJECTIVES,
    ARTICLES,
    COLOURS,
    EXACT,
    FUNCTION,
    IRREGULAR,
    MASS,
    NOT_PLURAL,
    NUMBERS,
    ONLY_PLURAL,
    OWNERS,
    SOME,
    SPELLED,
)

_LONGEST = 8
_LATIN = 0x250


@dataclass(frozen=True, slots=True)
class Phrase:
    """`text` as it was typed; `asked` with the article that a question needs."""

    text: str
    asked: str
    plural: bool
    number: int | None = None
    """Where a number was named."""
    proper: bool = False
    """A name, or somebody's: "the Eiffel Tower", "my dog"."""

    @property
    def bare(self) -> bool:
        """Whether it was typed without an article."""
        return self.text.split()[0].lower() not in ARTICLES

    @property
    def verb(self) -> str:
        """`is` or `are`."""
        return "are" if self.plural else "is"


def phrase(words: Sequence[str]) -> Phrase | None:
    """The noun phrase that some words are, None where they are none."""
    text = " ".join(words)
    low = [word.lower() for word in words]
    while low and low[0] in EXACT:
        words, low = words[1:], low[1:]
    first = low[0] if low else ""
    body = low[1:] if first in ARTICLES | SOME | OWNERS or first in NUMBERS else low
    if not _is_phrase(body):
        return None
    named = words[len(words) - len(body) :]
    plural = is_plural(_head(body))
    if first in NUMBERS:
        n = NUMBERS[first]
        return Phrase(text, f"{SPELLED[n]} {' '.join(named)}", n > 1, n)
    if body[-1] in COLOURS:
        return Phrase(text, f"anything {' '.join(body)}", plural=False)
    if first in OWNERS or (named[-1][0].isupper() and not plural):
        return Phrase(text, " ".join(words), plural, proper=True)
    if plural:
        return Phrase(text, " ".join(low if first in SOME else body), plural)
    mass = _head(body) in MASS or _head(body).endswith("ness")
    bare = first in SOME or (mass and first not in ("a", "an"))
    return Phrase(text, " ".join(body) if bare else with_article(" ".join(named)), plural)


def one_of(found: Phrase) -> Phrase:
    """A plural without a number as one of its kind: "cars" → "a car"; others as they are."""
    words = found.asked.split()
    head = words[-1].lower()
    if not found.plural or found.number or found.proper or "of" in words or head in ONLY_PLURAL:
        return found
    words = [word for word in words if word.lower() not in SOME]
    return Phrase(found.text, with_article(" ".join([*words[:-1], singular(head)])), plural=False)


def is_plural(noun: str) -> bool:
    """Whether a noun in lower case stands for several things, by its form.

    >>> [is_plural(noun) for noun in ("dogs", "people", "glass", "bus")]
    [True, True, False, False]
    """
    if noun in IRREGULAR:
        return True
    return noun.endswith("s") and not noun.endswith(("ss", "us", "is")) and noun not in NOT_PLURAL


def singular(noun: str) -> str:
    """One of a plural noun in lower case.

    >>> [singular(noun) for noun in ("people", "puppies", "boxes", "horses")]
    ['person', 'puppy', 'box', 'horse']
    """
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("sses", "shes", "ches", "xes")):
        return noun[:-2]
    return noun[:-1] if is_plural(noun) else noun


def with_article(noun: str) -> str:
    """A noun with "a" or "an", by its first letter."""
    soft = noun[0].lower() in "aeiou" and not noun.lower().startswith(("uni", "eu", "use", "one-"))
    return f"{'an' if soft or noun.lower().startswith('hour') else 'a'} {noun}"


def _head(body: Sequence[str]) -> str:
    """The noun of which the rest tells more: the last one, or the one before "of"."""
    at = body.index("of") if "of" in body else len(body)
    return body[at - 1]


def _is_phrase(body: Sequence[str]) -> bool:
    """Whether words in lower case, without what counts them, are one phrase."""
    if not 0 < len(body) <= _LONGEST or "of" in (body[0], body[-1]) or body[-1] == "and":
        return False
    before = ["", *body]
    return all(
        _is_plain(word)
        or word == "of"
        or (last == "of" and word in ARTICLES)
        or (last in ADJECTIVES and word == "and")
        for last, word in zip(before, body, strict=False)
    )


def _is_plain(word: str) -> bool:
    """Whether a word may be part of a phrase: Latin letters, and no closed word."""
    latin = all(ord(c) < _LATIN for c in word) and any(c.isalpha() for c in word)
    return latin and word not in FUNCTION and word not in ARTICLES
