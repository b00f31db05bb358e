"""A way of speaking: facts in, one text out, in wordings that are data (`wordings.json`).

Each list of wordings has a part "seen" and a part "unseen"; the second, about a fifth of all, never
occurs in a training text. Refuses to know scenes and whether a fact holds.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

from vladva.toyland.facts import Absent, At, Count, Exists, Fact, Phrase, Relation, Setting


@cache
def wordings() -> dict[str, Any]:
    """The wordings as they stand in `wordings.json`."""
    text = resources.files("vladva.toyland").joinpath("wordings.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def tokens(text: str) -> int:
    """How many words and marks a text has: close to the tokens that a tokenizer of 1-2k makes."""
    return len(re.findall(r"[\w-]+|[^\w\s-]", text))


class Voice:
    """One way of speaking: whatever it chose once (a wording, a synonym), it keeps.

    So two texts by one voice differ only where their facts do. `unseen` speaks in held-out
    wordings wherever there are some.
    """

    def __init__(self, random_: random.Random, *, unseen: bool = False) -> None:
        self.random = random_
        self.unseen = unseen
        self._chosen: dict[tuple[str, str, int], str] = {}

    def pick(self, section: str, name: str = "", turn: int = 0) -> str:
        """The wording for a section (and a name in it); another `turn` may choose another."""
        key = (section, name, turn)
        if key not in self._chosen:
            found = wordings()[section]
            choices = found.get(name, {"seen": [name]}) if name else found
            seen: list[str] = choices["seen"]
            self._chosen[key] = self.random.choice(
                choices.get("unseen", seen) if self.unseen else seen
            )
        return self._chosen[key]

    def noun(self, phrase: Phrase, *, plural: bool = False) -> str:
        """A phrase without an article: "small red dog", "red dogs"."""
        if phrase.kind:
            word = self.pick("kind", phrase.kind)
        else:
            word = wordings()["group"][phrase.group] if phrase.group else "thing"
        if plural:
            word = wordings()["plural"].get(word, word + "s")
        size = self.pick("size", phrase.size) if phrase.size else None
        return " ".join(part for part in (size, phrase.colour, word) if part)

    def a(self, phrase: Phrase) -> str:
        """A phrase with its indefinite article: "an orange airplane"."""
        noun = self.noun(phrase)
        return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"

    def many(self, phrase: Phrase, n: int) -> str:
        """A number of things: "two small red cars"."""
        number = wordings()["number"].get(str(n), str(n))
        return f"{number} {self.noun(phrase, plural=n != 1)}"

    def item(self, fact: Exists | Count) -> str:
        """What stands in a list of things."""
        return self.a(fact.phrase) if isinstance(fact, Exists) else self.many(fact.phrase, fact.n)

    def things(self, section: str, facts: Sequence[Exists | Count], turn: int = 0) -> str:
        """A wording of a section filled with a list of things."""
        verb = "are" if isinstance(facts[0], Count) and facts[0].n != 1 else "is"
        items = _listed([self.item(fact) for fact in facts])
        return self.pick(section, turn=turn).replace("{is}", verb).replace("{x}", items)

    def relates(self, section: str, fact: Relation, turn: int = 0) -> str:
        """A wording of a section filled with a relation."""
        return (
            self.pick(section, turn=turn)
            .replace("{a}", self.a(fact.a))
            .replace("{b}", self.a(fact.b))
            .replace("{the_a}", "the " + self.noun(fact.a))
            .replace("{the_b}", "the " + self.noun(fact.b))
            .replace("{r}", self.pick("relation", fact.relation, turn))
        )

    def where(self, facts: Sequence[Setting | At]) -> str:
        """Background, time or both: "on a beach at night"."""
        place = [self.pick("place", f.background) for f in facts if isinstance(f, Setting)]
        time = [self.pick("time", f.time) for f in facts if isinstance(f, At)]
        if not place or not time:
            return (place or time)[0]
        return self.pick("where").replace("{place}", place[0]).replace("{time}", time[0])

    def caption(self, facts: Sequence[Fact]) -> str:
        """One short text that claims all the facts: relation, things, place and time."""
        clauses = [self.relates("relates", f) for f in facts if isinstance(f, Relation)]
        clauses += [
            self.pick("no thing").replace("{x}", self.noun(f.phrase))
            for f in facts
            if isinstance(f, Absent)
        ]
        items = [f for f in facts if isinstance(f, Exists | Count)]
        text = clauses[0] if clauses else ""
        for more in clauses[1:] + (
            [_listed([self.item(f) for f in items])] if clauses and items else []
        ):
            text = self.pick("with more").replace("{c}", text).replace("{m}", more)
        if items and not clauses:
            text = self.things("things", items)
        around = [f for f in facts if isinstance(f, Setting | At)]
        if not around:
            return text
        where = self.where(around)
        if not text:
            return self.pick("scenery").replace("{w}", where)
        return self.pick("with where").replace("{c}", text).replace("{w}", where)


def _listed(items: Sequence[str]) -> str:
    """Join as in: a, b and c."""
    return " and ".join(part for part in (", ".join(items[:-1]), items[-1]) if part)


def seen_wordings() -> Iterator[str]:
    """Every wording that may be trained on, in order, without its slots."""
    yield from _seen(wordings())


def _seen(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield re.sub(r"\{\w+\}", "", data).strip()
    elif isinstance(data, list):
        for value in data:
            yield from _seen(value)
    elif isinstance(data, dict):
        for name, value in data.items():
            if name != "unseen":
                yield from _seen(value)
