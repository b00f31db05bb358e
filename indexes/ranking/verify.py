"""Stage two: every constraint of a query, asked of every candidate as a yes/no question.

A picture is looked at once for all its questions, several pictures at a time; what was answered
before is not asked again. Refuses to know where candidates come from and what becomes of verdicts.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vladva.indexes.query.constraints import Constraint
from vladva.indexes.ranking.originals import Originals
from vladva.indexes.ranking.verdicts import Verdicts
from vladva.protocols import Generator, Prepare, Prepared

SURE = 0.6
"""P(yes) from which a yes counts, 1 − P(yes) from which a no does; between them: unsure (ours)."""
_BATCH_S = 0.2  # how long the model may work before somebody can stop it
_MOST = 16  # pictures at a time


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a photo meets one constraint. `p` is P(yes) of the question that was asked."""

    text: str
    kind: Literal["require", "forbid"]
    verdict: Literal["yes", "no", "unsure"]
    p: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A photo to look at. `content` is the hash of its file's bytes, as the index has it."""

    id: str
    path: str
    content: str


def judged(constraint: Constraint, p: float) -> Verdict:
    """P(yes) of a constraint's question → the verdict. A forbidden part is met by a no."""
    met = p if constraint.kind == "require" else 1 - p
    said: Literal["yes", "no", "unsure"] = (
        "yes" if met >= SURE else "no" if met <= 1 - SURE else "unsure"
    )
    return Verdict(constraint.text, constraint.kind, said, p)


def verify(  # noqa: PLR0913 - what is asked, of what, by whom
    candidates: Sequence[Candidate],
    constraints: Sequence[Constraint],
    generator: Generator,
    prepare: Prepare,
    verdicts: Verdicts,
    *,
    fingerprint: str,
    stop: threading.Event,
) -> Iterator[tuple[str, list[Verdict]]]:
    """(id, a verdict for each constraint) of each candidate, in order, until `stop`.

    `fingerprint` names the generator. A photo whose file cannot be read, or is not the one that
    was indexed, yields no verdicts. Answers that are kept cost neither decoding nor the model.
    """
    asked = _Asked(constraints, verdicts, fingerprint)
    left = deque(candidates)
    unread = [_file(one) for one in candidates if asked.open(one)]
    size = 1
    with Originals(unread, prepare) as originals:
        while left and not stop.is_set():
            group = _group(left, size, asked)
            fresh = [(one, originals.take(_file(one), stop)) for one in group if asked.open(one)]
            if stop.is_set():
                return
            seconds = asked.ask(generator, [(one, seen) for one, seen in fresh if seen is not None])
            size = _paced(size, seconds)
            yield from ((one.id, asked.verdicts(one)) for one in group)


class _Asked:
    """The questions of a query, and what is known of the answers, by content."""

    def __init__(
        self, constraints: Sequence[Constraint], verdicts: Verdicts, fingerprint: str
    ) -> None:
        self._constraints = constraints
        self._questions = list(dict.fromkeys(one.question for one in constraints))
        self._kept = verdicts
        self._fingerprint = fingerprint
        self._known: dict[str, dict[str, float]] = {}

    def open(self, candidate: Candidate) -> list[str]:
        """The questions that are not answered yet."""
        content = candidate.content
        if content not in self._known:
            self._known[content] = self._kept.known(self._fingerprint, content, self._questions)
        return [question for question in self._questions if question not in self._known[content]]

    def ask(self, generator: Generator, seen: Sequence[tuple[Candidate, Prepared]]) -> float:
        """Ask all open questions about these pictures → seconds that the model took."""
        began = time.perf_counter()
        opens = [self.open(one) for one, _ in seen]
        answers = generator.p_yes_many([picture for _, picture in seen], opens) if seen else []
        took = time.perf_counter() - began
        for (one, _), questions, found in zip(seen, opens, answers, strict=True):
            new = dict(zip(questions, map(float, found), strict=True))
            self._known[one.content].update(new)
            self._kept.keep(self._fingerprint, one.content, new)
        return took

    def verdicts(self, candidate: Candidate) -> list[Verdict]:
        """One verdict a constraint, none at all where a question stayed open."""
        if self.open(candidate):
            return []
        known = self._known[candidate.content]
        return [judged(one, known[one.question]) for one in self._constraints]


def _file(candidate: Candidate) -> tuple[str, str]:
    return candidate.path, candidate.content


def _group(left: deque[Candidate], size: int, asked: _Asked) -> list[Candidate]:
    """The next candidates, `size` of which have open questions; the known ones come at once."""
    group: list[Candidate] = []
    fresh = 0
    while left:
        is_open = bool(asked.open(left[0]))
        if is_open and (fresh == size or (group and not fresh)):
            break
        group.append(left.popleft())
        fresh += is_open
    return group


def _paced(size: int, seconds: float) -> int:
    """As many pictures at a time as take `_BATCH_S`, found in a few steps from one."""
    if not seconds:
        return size
    return max(1, min(int(size * _BATCH_S / seconds), 4 * size, _MOST))
