"""A typed line → tokens: words, quoted texts, filters, commas. The first half of the grammar.

    token  = ["-"] quoted | ["-"] name ":" [op] value | ["-"] word | comma

Refuses to know which words forbid and which filters there are.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vladva.errors import QueryError
from vladva.indexes.paths import to_text

LONGEST = 2000
"""Characters of a query."""
QUOTES = ('""', "«»", "「」", "『』")
"""Pairs that may stand around a text; the typographic double quotes all count as the first."""
_DOUBLE = '"“”„‟＂'
_CLOSES = {**dict.fromkeys(_DOUBLE, _DOUBLE), "«": "»", "「": "」", "『": "』"}
QUOTE_MARKS = frozenset("".join(_CLOSES) + "".join(_CLOSES.values()))
_COMMAS = ",;，、；،؛"
_MINUS = "-−–"
_SPACE = re.compile(r"\s+")
_WORD = re.compile(rf"(?:[^\s{_COMMAS}]|(?<=\d)[{_COMMAS}](?=\d))+")  # 1,000 is one word
_FILTER = re.compile(r"([^\W\d_][\w-]*):(>=|<=|[<>=≥≤])?")
_VALUE = re.compile(r"\S+")
_OPS = {"": "=", "≥": ">=", "≤": "<="}


@dataclass(frozen=True, slots=True)
class Token:
    """One part of a query; `text` is a word, what quotes hold, a filter's value, or a comma."""

    kind: Literal["word", "quoted", "filter", "comma"]
    text: str
    minus: bool = False
    name: str = ""
    op: str = ""


def cleaned(text: str) -> str:
    """The text without what no query means: control characters are spaces, surrogates are safe.

    Raises `QueryError` where it is too long.
    """
    if len(text) > LONGEST:
        raise QueryError(
            f"The query has {len(text):,} characters; {LONGEST:,} is the most.",
            "Describe the photo in a sentence or two.",
        )
    plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in to_text(text))
    return plain.strip()


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a `cleaned` text, in order. Raises `QueryError`."""
    at = 0
    while at < len(text):
        if space := _SPACE.match(text, at):
            at = space.end()
        elif text[at] in _COMMAS:
            yield Token("comma", text[at])
            at += 1
        else:
            minus = _is_minus(text, at)
            token, at = _token(text, at + minus, minus=minus)
            if token.text:
                yield token


def _is_minus(text: str, at: int) -> bool:
    """Whether a dash is glued to what follows it, and so takes it away."""
    after = text[at + 1 : at + 2]
    return text[at] in _MINUS and not (after.isspace() or after in _COMMAS or after in _MINUS)


def _token(text: str, at: int, *, minus: bool) -> tuple[Token, int]:
    """The token that begins here, and where it ends."""
    if text[at] in _CLOSES:
        inner, end = _quoted(text, at)
        return Token("quoted", inner, minus), end
    if head := _FILTER.match(text, at):
        value, end = _value(text, head)
        if value is not None:
            op = head[2] or ""
            return Token("filter", value, minus, head[1].lower(), _OPS.get(op, op)), end
    word = _WORD.match(text, at)
    assert word, "what is no space and no comma begins a word"
    return Token("word", word[0], minus), word.end()


def _value(text: str, head: re.Match[str]) -> tuple[str | None, int]:
    """What follows the colon; None where nothing does, so that it is no filter."""
    at = head.end()
    if text[at : at + 1] and text[at] in _CLOSES:
        value, end = _quoted(text, at)
    else:
        rest = _VALUE.match(text, at)
        value = rest[0].rstrip(_COMMAS) if rest else ""
        end = at + len(value)
        if not value and not head[2]:
            return None, at
    if not value:
        raise QueryError(
            f'The filter "{head[1]}:" has no value.',
            f'Write it as in {head[1]}:value, or quote the word: "{head[0]}".',
        )
    return value, end


def _quoted(text: str, at: int) -> tuple[str, int]:
    """What a quote that opens here holds, on one line, and where its end is."""
    closers = _CLOSES[text[at]]
    end = next((i for i in range(at + 1, len(text)) if text[i] in closers), None)
    if end is None:
        raise QueryError(
            f"The quote that opens at {text[at : at + 20]} is never closed.",
            'Close it, as in "beach house"; or take it away.',
        )
    return _SPACE.sub(" ", text[at + 1 : end]).strip(), end + 1
