"""What was typed → a `Query`, and back. The second half of the grammar, over `tokens`.

    query     = (forbidden | quoted | filter | word | comma)*
    forbidden = "-" (quoted | filter | word) | ("no" | "without") thing ("or" thing)*
    thing     = quoted | filter | words, which run to a comma, a full stop, "and", "but", "with",
                a time ("at night"), a place ("in the park"), a quote, a filter, or the next
                forbidden part; after "no one" and "nobody" a place belongs to the thing

`docs/search.md` is the language in one page. Refuses to know what the words mean to a model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from vladva.errors import QueryError
from vladva.indexes.query.clauses import place_length
from vladva.indexes.query.filters import checked
from vladva.indexes.query.query import Filter, Query
from vladva.indexes.query.tokens import QUOTE_MARKS, QUOTES, Token, cleaned, tokens
from vladva.indexes.query.words import (
    ALTERNATIVES,
    CONNECTIVES,
    DETERMINERS,
    FORBIDDING,
    LEADS,
    NOBODY,
    STOPS,
    TAILS,
    TIMES,
)

_PARTS = 32  # of each kind: each costs a condition or a question
_NEAR = 6  # words that show whether a place begins here
_SENTENCE_ENDS = ".!?…。！？"
_NO_QUOTES = dict.fromkeys(map(ord, QUOTE_MARKS))


def parse(text: str) -> Query:
    """The query that a line of text says.

    Raises `QueryError`: empty, longer than 2,000 characters, more than 32 parts of a kind, an open
    quote, an unknown filter, a value that a filter does not take.
    """
    typed = cleaned(text)
    reading = _Reading(list(tokens(typed)))
    reading.read()
    query = Query(
        text=typed,
        positive=_joined(reading.words, alone=not reading.others),
        forbid=tuple(dict.fromkeys(reading.forbid)),
        literal=tuple(dict.fromkeys(reading.literal)),
        filters=tuple(dict.fromkeys(reading.filters)),
    )
    _check(query)
    return query


def written(query: Query) -> str:
    """A line that `parse` reads as this query: what was parsed comes back, but for its `text`."""
    parts = [query.positive] if query.positive else []
    parts += [spelled_forbid(text) for text in query.forbid]
    parts += [_quoted(text) for text in query.literal]
    parts += [spelled_filter(one) for one in query.filters]
    return " ".join(parts)


def spelled_forbid(text: str) -> str:
    """A forbidden text as it is typed: `-people`, `-"traffic lights"`."""
    bare = f"-{text}"
    return bare if _reads(bare, forbid=(text,)) else f"-{_quoted(text)}"


def spelled_literal(text: str) -> str:
    """A literal text as it is typed."""
    return _quoted(text)


def spelled_filter(one: Filter) -> str:
    """A filter as it is typed: `rating:>=4`, `-camera:"Pixel 7"`."""
    head = f"{'-' * (one.op == '!=')}{one.name}:{'' if one.op in ('=', '!=') else one.op}"
    bare = head + one.value
    return bare if _reads(bare, filters=(one,)) else head + _quoted(one.value)


@dataclass
class _Reading:
    """Goes through the tokens once, and sorts them."""

    tokens: Sequence[Token]
    words: list[str] = field(default_factory=list)
    forbid: list[str] = field(default_factory=list)
    literal: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    at: int = 0

    @property
    def others(self) -> bool:
        """Whether anything but plain words was read."""
        return bool(self.forbid or self.literal or self.filters)

    def read(self) -> None:
        """Sort all tokens."""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind in ("word", "comma") and not token.minus:
                self._plain(token)
                continue
            if token.minus and token.kind != "filter":
                self._end_lead()
                bare = token.kind == "word" and token.text.rstrip(_SENTENCE_ENDS)
                self.forbid.append(bare or token.text)
            elif token.kind == "quoted":
                self.literal.append(token.text)
            else:
                self._filter(token, minus=token.minus)
            self.at += 1

    def _plain(self, token: Token) -> None:
        self.at += 1
        if token.kind == "word" and token.text.lower() in NOBODY:
            self._end_lead()
            self.forbid.append(_thing(["one", *self._phrase(place=True)]))
            if self._or():
                self._forbidden()
        elif token.kind == "word" and token.text.lower() in FORBIDDING:
            self._end_lead()
            self._forbidden()
        else:
            self.words.append(token.text)

    def _forbidden(self) -> None:
        """The things after a forbidding word. One that nothing follows says nothing."""
        while token := self._peek():
            if token.minus or token.kind == "comma":
                return
            if token.kind == "word":
                if not (words := self._phrase()):
                    return
                self.forbid += filter(str.strip, [_thing(words)])
            elif token.kind == "quoted":
                self.forbid.append(token.text)
                self.at += 1
            else:
                self._filter(token, minus=True)
                self.at += 1
            if not self._or():
                return

    def _or(self) -> bool:
        """Go past "or", if it stands here."""
        after = self._peek()
        found = after is not None and _bare(after) in ALTERNATIVES
        self.at += found
        return found

    def _phrase(self, *, place: bool = False) -> list[str]:
        """The words up to where a forbidden thing ends, `place`: with the place where it is."""
        words: list[str] = []
        while (token := self._peek()) and not self._ends(token):
            if not place and place_length(self._ahead()):
                break
            place |= not words and _bare(token) == "one"  # "no one on the beach"
            words.append(token.text)
            self.at += 1
            if token.text[-1] in _SENTENCE_ENDS:
                break
        return words

    def _ends(self, token: Token) -> bool:
        word = _bare(token)
        if word is None or word in FORBIDDING or word in STOPS or word in ALTERNATIVES:
            return True
        ahead = tuple(
            (_bare(token) or "").rstrip(_SENTENCE_ENDS)
            for token in self.tokens[self.at : self.at + 3]
        )
        return any(ahead[: len(time)] == time for time in TIMES)

    def _ahead(self) -> list[str]:
        """The words from here to where a forbidden thing would end anyhow."""
        ahead: list[str] = []
        for token in self.tokens[self.at : self.at + _NEAR]:
            word = _bare(token)
            if word is None or word in FORBIDDING | STOPS | ALTERNATIVES:
                break
            ahead.append(word.rstrip(_SENTENCE_ENDS))
            if word[-1] in _SENTENCE_ENDS:
                break
        return ahead

    def _filter(self, token: Token, *, minus: bool) -> None:
        self.filters.append(checked(token.name, token.op, token.text, minus=minus))

    def _end_lead(self) -> None:
        """Take away what led to a forbidden part: "…, and there are"."""
        while lead := _lead(self.words):
            del self.words[-lead:]

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None


def _lead(words: Sequence[str]) -> int:
    """How many words at the end lead to a forbidden part."""
    low = tuple(word.lower() for word in words[-3:])
    return next((len(lead) for lead in LEADS if low[-len(lead) :] == lead), 0)


def _bare(token: Token) -> str | None:
    """A plain word in lower case; None for any other token."""
    return token.text.lower() if token.kind == "word" and not token.minus else None


def _thing(words: Sequence[str]) -> str:
    """The words of a forbidden thing without article and without "in the picture"."""
    low = [word.lower().rstrip(_SENTENCE_ENDS) for word in words]
    if low[0] == "one":  # "no one on the beach", "nobody is here"
        rest = 2 if low[1:2] in (["is"], ["are"]) else 1
        words, low = ["people", *words[rest:]], ["people", *low[rest:]]
    start = 1 if low[0] in DETERMINERS and len(low) > 1 else 0
    tail = next((len(t) for t in TAILS if tuple(low[start:][-len(t) :]) == t), 0)
    kept = words[start : len(words) - tail] or words
    text = " ".join(kept).translate(_NO_QUOTES if len(kept) > 1 else {})  # it may need its own
    text = " ".join(text.split())
    return text.rstrip(_SENTENCE_ENDS + " ") or text


def _joined(words: Sequence[str], *, alone: bool) -> str:
    """The plain words as one text, without what hangs loose at its ends.

    `alone` keeps a text of nothing but connectives, which is all that there is.
    """
    loose = {*CONNECTIVES}
    first, last = 0, len(words)
    while first < last and (_is_comma(words[first]) or words[first].lower() in loose):
        first += 1
    while last > first and (_is_comma(words[last - 1]) or words[last - 1].lower() in loose):
        last -= 1
    kept = words[first:last]
    if not kept and alone:
        kept = [word for word in words if not _is_comma(word)]
    text = ""
    for before, word in zip(["", *kept], kept, strict=False):
        if _is_comma(word):
            text += "" if _is_comma(before) else word
        else:
            text += f" {word}" if text else word
    return text


def _is_comma(word: str) -> bool:
    return next(tokens(word)).kind == "comma"


def _check(query: Query) -> None:
    for name, count in (
        ("forbidden parts", len(query.forbid)),
        ("quoted texts", len(query.literal)),
        ("filters", len(query.filters)),
    ):
        if count > _PARTS:
            raise QueryError(
                f"The query has {count} {name}; {_PARTS} is the most.", "Ask in two queries."
            )
    if not (query.positive or query.forbid or query.literal or query.filters):
        raise QueryError(
            "The query asks for nothing.",
            "Describe the photo: a dog left of a red car, no people, after:2023.",
        )


def _quoted(text: str) -> str:
    """The text in quotes that it does not contain."""
    for pair in QUOTES:
        typed = f"{pair[0]}{text}{pair[1]}"
        if _reads(typed, literal=(text,)):
            return typed
    raise QueryError(f"No quotes fit around {text[:40]}.", "Take the quotes out of it.")


def _reads(
    typed: str,
    forbid: tuple[str, ...] = (),
    literal: tuple[str, ...] = (),
    filters: tuple[Filter, ...] = (),
) -> bool:
    """Whether a line says exactly this."""
    try:
        query = parse(typed)
    except QueryError:
        return False
    return query == Query(query.text, "", forbid, literal, filters)
