"""What random and hostile query strings do to the query language: counts, and errors by cause.

    python -m vladva.indexes.figures.queries [--count 100000] [--seed 0] [--asked 2000]

Every string is parsed, written and parsed again; some are asked of a real table, too, whose answer
is compared with `matches`. Refuses to know what a good query is.
"""

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vladva.errors import QueryError
from vladva.indexes.caption_source import MACHINE
from vladva.indexes.figures.plain_row import plain_row
from vladva.indexes.lance import LanceStore
from vladva.indexes.paths import to_text
from vladva.indexes.query.filters import FILTERS, matches, where
from vladva.indexes.query.parse import parse, written
from vladva.indexes.query.query import Query
from vladva.indexes.store import Row

_HOSTILE = (
    "'", "''", "\\", "\\'", "%", "_", "\\%", "--", "/*", "*/", ";", "` `", "$1", "?", "{}", "||",
    "' OR 1=1 --", "'; DROP TABLE photos; --", "') OR true OR ('", "\x00", "\n", "\x1b[31m",
    "\udce9", "\ud83d", "\U0010ffff", "é", "e\u0301", "İ", "ß", "ς", "東京", "مرحبا", "\u202e",
    "👩‍👩‍👧", "\u200b", "\ufeff", "NULL", "/", "//", "../", "C:\\x", "~", "*", "^$", "(", "[a-z]+",
)  # fmt: skip
_GRAMMAR = (
    " ", " ", " ", " ", '"', "“", "”", "«", "»", "「", "」", "-", "- ", "–", ":", ",", ", ", ".",
    " no ", " without ", " or ", " and ", " with ", " nobody ", " at night ", ">=", "<", "≥", "=",
)  # fmt: skip
_WORDS = (
    "dog", "cats", "a red car", "people", "beach", "house", "t-shirt", "3:45", "16:9", "1,000",
    "http://x.org", "2023", "2023-05", "2023-02-30", "4", "-1", "jpeg", "heic", "gps", "caption",
    "raw", "mine", "italy", "Pixel 7", "colour:red",
)  # fmt: skip
_FILTERS = tuple(f"{dash}{name}:" for name in FILTERS for dash in ("", "", " ", " -"))
_UNIVERSE = range(0x110000)


def made(count: int, seed: int) -> Iterator[str]:
    """Strings that parse, nearly parse, or are noise; a few are very long."""
    rng = random.Random(seed)
    for at in range(count):
        if at % 1000 == 0:
            yield rng.choice(_WORDS + _HOSTILE) * rng.choice((500, 20_000))
        elif at % 10 == 0:
            yield "".join(map(chr, rng.choices(_UNIVERSE, k=rng.randrange(60))))
        else:
            kinds = rng.choices((_WORDS, _GRAMMAR, _FILTERS, _HOSTILE), (5, 5, 3, 2), k=12)
            yield "".join(rng.choice(kind) for kind in kinds[: rng.randrange(13)])


def read(text: str) -> Query | str:
    """The query that a string says, or the cause of its error without what was typed."""
    try:
        query = parse(text)
    except QueryError as error:
        cause = re.sub(r"The quote that opens at .*", "A quote is never closed.", error.message)
        cause = re.sub(r".* is an address", "… is an address", cause)
        return re.sub(r'"[^"]*"|\d[\d,]*', "…", re.sub(r'take ".*"', 'take "…"', cause))
    line = written(query)
    try:
        again = parse(line)
    except QueryError as error:
        assert "characters" in error.message, (text, line)  # noqa: PT017 - quotes made it longer
        return query
    assert replace(again, text=query.text) == query, (text, line)
    return query


def rows(rng: random.Random, count: int) -> list[Row]:
    """Rows whose texts are made of the same pieces as the queries."""

    def raw(k: int) -> str:
        return "".join(rng.choices(_WORDS + _HOSTILE, k=k)).replace("\x00", "").replace("\n", " ")

    def text(k: int) -> str:  # only a file name may be no valid Unicode
        return to_text(raw(k))

    def some(value: str) -> str | None:
        return rng.choice((None, value))

    return [
        plain_row(
            f"{number:024x}",
            f"/{raw(2)}/{raw(1)}/{number}{raw(1)}.jpg",
            inode=number,
            width=rng.randrange(3),
            height=rng.randrange(3),
            taken_at=some(rng.choice(("2023-05-07T10:00:00", "2023-01-01T00:00:00", "1999-12-31"))),
            camera=some(text(2)),
            lat=rng.choice((None, 1.0)),
            caption=some(text(3)),
            caption_source=some(rng.choice((f"{MACHINE}mini", "xmp"))),
            format=rng.choice(("jpeg", "heif", "raw", "")),
            animated=rng.randrange(2),
            lens=some(text(1)),
            rating=rng.choice((None, -1, 0, 4, 5)),
            keywords=some(f"{text(1)}\n{text(1)}"),
        )
        for number in range(count)
    ]


class Asked:
    """A small table with hostile rows, asked beside the reference."""

    def __init__(self, folder: Path, seed: int) -> None:
        (folder / "tables").mkdir()
        self._rows = rows(random.Random(seed), 60)
        self._store = LanceStore(folder, "queries", 2)
        self._store.put(self._rows, np.tile(np.array([1, 0], np.float32), (60, 1)))
        self._store.tidy()

    def agrees(self, query: Query) -> bool:
        """Whether the table answers as `matches` does; literal texts may only take rows away."""
        found = set(self._store.select(where(query.filters)).to_pylist())
        both = set(self._store.select(where(query.filters), query.literal).to_pylist())
        return found == {row.id for row in self._rows if matches(query.filters, row)} >= both


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(prog="queries")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--asked", type=int, default=2000, help="queries asked of a table")
    options = parser.parse_args(arguments)
    causes: Counter[str] = Counter()
    asked = wrong = 0
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        table = Asked(Path(folder), options.seed)
        for text in made(options.count, options.seed):
            said = read(text)
            causes["parsed, and the same when written" if isinstance(said, Query) else said] += 1
            if isinstance(said, Query) and (said.filters or said.literal) and asked < options.asked:
                asked += 1
                wrong += not table.agrees(said)
    say = sys.stdout.write
    for cause, count in causes.most_common():
        say(f"{count:8,}  {cause}\n")
    say(f"{options.count:,} strings in {time.perf_counter() - start:.1f} s, no other error;\n")
    say(f"{asked:,} of them asked of a table: {wrong:,} answers unlike the reference.\n")


if __name__ == "__main__":
    main()
