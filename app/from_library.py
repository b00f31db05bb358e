"""Training rows of a library: what a person wrote under photos, and what they said of results.

Captions feed the loss that their length asks for, keywords and the queries of accepted results
are short captions, the queries of rejected ones are false texts. Refuses to know how a model is
trained, and where photos and marks are kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vladva.errors import QueryError
from vladva.indexes.captions import Told
from vladva.indexes.marks import Mark
from vladva.indexes.query.parse import parse

NEGATIVES = "loss.negatives=true"
"""The setting without which false texts would teach nothing."""


@dataclass
class _Said:
    """What marks say of one photo."""

    fits: list[str] = field(default_factory=list)
    fails: list[str] = field(default_factory=list)


def training_rows(
    photos: Iterable[Told], marks: Sequence[Mark], *, machine: bool, generate: bool
) -> list[dict[str, Any]]:
    """Photos and marks → rows of the JSON contract, in the order of the photos.

    `machine`: captions that a model wrote count, too. `generate`: photos without any text take
    part, since the trainer will have them described. A text that is said to fit is never false of
    the same photo.
    """
    said = _by_content(marks)
    rows = [_row(photo, said.get(photo.content, _Said()), machine=machine) for photo in photos]
    return [row for row in rows if generate or "caption" in row or "short" in row]


def marks_used(photos: Sequence[Told], marks: Sequence[Mark], *, machine: bool) -> tuple[int, int]:
    """How many accepted and rejected queries such rows hold, copies of a photo counted once."""
    said = _by_content(marks)
    right, wrong = set(), set()
    for photo in photos:
        of = said.get(photo.content, _Said())
        row = _row(photo, of, machine=machine)
        right |= {(photo.content, text) for text in _once(of.fits)}
        if "caption" in row or "short" in row:
            wrong |= {(photo.content, text) for text in row.get("negatives", ())}
    return len(right), len(wrong)


def settings_for(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What such rows need of the settings, weaker than what a person sets."""
    return (NEGATIVES,) if any("negatives" in row for row in rows) else ()


def _row(photo: Told, said: _Said, *, machine: bool) -> dict[str, Any]:
    own = photo.caption if machine or not photo.by_machine else None
    captions = [line.strip() for line in (own or "").splitlines() if line.strip()]
    # One text of all keywords: each alone would fit many photos of a batch that do not have it.
    short = [", ".join(photo.keywords)] if photo.keywords else []
    short = _once([*short, *said.fits])
    true = {text.casefold() for text in (*short, *captions)}
    false = [text for text in _once(said.fails) if text.casefold() not in true]
    texts = {"caption": captions, "short": short, "negatives": false}
    return {"image": photo.path, **{name: told for name, told in texts.items() if told}}


def _once(texts: Iterable[str]) -> list[str]:
    """Each text as it is written first; upper and lower case are alike."""
    first: dict[str, str] = {}
    for text in texts:
        first.setdefault(text.casefold(), text)
    return list(first.values())


def _by_content(marks: Sequence[Mark]) -> dict[str, _Said]:
    found: dict[str, _Said] = defaultdict(_Said)
    for mark in marks:
        try:
            query = parse(mark.query)
        except QueryError:  # of an older grammar
            continue
        if not query.positive:
            continue
        said = found[mark.content]
        if mark.mark == "accept":
            said.fits.append(query.positive)
        elif not query.forbid:  # else it may show all that was meant, and what was forbidden
            said.fails.append(query.positive)
    return found
