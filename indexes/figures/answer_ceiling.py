"""How far pairs of pictures and captions can be told apart by answers that err as often as these.

Refuses to know who answered.
"""

from collections import defaultdict
from typing import Any

import numpy as np

from vladva.benchmarks import winoground
from vladva.benchmarks.exam import Exam
from vladva.benchmarks.verified import Answers, Questioned, questions_of, wanted_pairs
from vladva.indexes.ranking.texts import QueryJudge, asked
from vladva.toyland.facts import Said
from vladva.toyland.read import read
from vladva.toyland.truth import fits

TRIES = 20


def ceiling(
    exam: Exam[winoground.Item], judge: QueryJudge, answers: Answers, seed: int = 0
) -> dict[str, Any]:
    """How often questions are answered rightly, and the group score that follows from it (ours).

    Each answer is exchanged for another one to a question of its form and truth, so that errors
    are as frequent as they are and know nothing of each other. The mean of `TRIES` exchanges.
    """
    truths = _truths(exam, judge)
    pools: dict[tuple[str, bool], list[tuple[int, str]]] = defaultdict(list)
    for key, sort in truths.items():
        pools[sort].append(key)
    rng = np.random.default_rng(seed)
    groups = []
    for _ in range(TRIES):
        other = dict(answers)
        for keys in pools.values():
            order = rng.permutation(len(keys))
            other |= {key: answers[keys[i]] for key, i in zip(keys, order, strict=True)}
        groups.append(winoground.score(exam.items, Questioned(judge, other, None))["group"])
    right = {
        f"{form} {'yes' if truth else 'no'}": 100 * float(
            np.mean([(answers[key] > 0.5) == truth for key in keys])
        )
        for (form, truth), keys in sorted(pools.items())
    }  # fmt: skip
    return {"answered_rightly": right, "group_ceiling": float(np.mean(groups))}


def _truths(
    exam: Exam[winoground.Item], judge: QueryJudge
) -> dict[tuple[int, str], tuple[str, bool]]:
    """(picture, question) → its form, and whether yes is right; none where that is open.

    What cannot be read as facts is true of the picture whose own caption says it.
    """
    own = {item.pictures[i]: item.texts[i] for item in exam.items for i in (0, 1)}
    told = {one.question: one for text in own.values() for one in asked(text)}
    found: dict[tuple[int, str], tuple[str, bool]] = {}
    wanted = questions_of(wanted_pairs(exam.items, winoground.wins), judge)
    for picture, questions in wanted.items():
        for question in questions:
            one = told[question]
            said = Said(one.text, read(one.text))
            truth = fits(exam.scenes[picture], said)
            if not said.facts:
                truth = "yes" if question in judge.questions(own[picture]) else "no"
            if truth != "borderline":
                found[picture, question] = (one.form, truth == "yes")
    return found
