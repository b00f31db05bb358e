"""Yes/no questions about drawn scenes, four kinds, answered by the generative half of a model.

Refuses to know the protocol (`questions`) and how a question is made (`toyland.questions`).
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial

import numpy as np

from vladva.benchmarks import questions as protocol
from vladva.benchmarks.drawn import collect, worth
from vladva.benchmarks.exam import with_controls
from vladva.benchmarks.pictures import prepared
from vladva.benchmarks.questions import Item, Probabilities
from vladva.benchmarks.registry import Benchmark, Models, Progress, Setup
from vladva.benchmarks.scorers import bag_of_words, text_only
from vladva.toyland.facts import Said
from vladva.toyland.questions import KINDS_OF_QUESTION, Question, questions
from vladva.toyland.scene import Scene

COUNT = 500


def drawn(setup: Setup) -> tuple[list[Scene], list[Item]]:
    """So many questions of each kind, at most one of a kind a scene, and their scenes.

    Of each kind one half has the answer yes: else "yes, if it names a rare pair" were a good guess.
    """
    n = setup.items(COUNT)
    most = {True: (n + 1) // 2, False: n // 2}
    have = Counter[tuple[str, bool]]()

    def make(
        scene: Scene, chance: random.Random, kinds: Sequence[str]
    ) -> list[tuple[str, Question]]:
        flags = {"unseen": setup.unseen_words, "rare": setup.unseen}
        asked = [one for kind in kinds for one in questions(scene, chance, 1, (kind,), **flags)]
        made = [
            one
            for one in asked
            if _worth(setup, one) and have[one.kind, one.answer] < most[one.answer]
        ]
        have.update((one.kind, one.answer) for one in made)
        return [(one.kind, one) for one in made]

    scenes, found = collect(make, KINDS_OF_QUESTION, n, setup)
    return scenes, [Item(kind, picture, one.text, one.answer) for kind, picture, one in found]


def _worth(setup: Setup, one: Question) -> bool:
    """As `drawn.worth`; but what is counted is named by kind or by colour, never by both."""
    return one.kind == "count" or worth(setup, Said("", (one.fact,)))


def answers(
    models: Models, scenes: Sequence[Scene], items: Sequence[Item], progress: Progress
) -> Probabilities:
    """P(yes) of every item, float32 [n]; a picture is looked at once for all its questions."""
    generator = models.generator()
    asked: dict[int, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        asked[item.picture].append(place)
    found = np.full(len(items), np.nan, np.float32)
    number = 0
    for chunk in prepared(models.encoder, scenes):
        own = [asked[number + i] for i in range(len(chunk))]
        texts = [[items[place].text for place in places] for places in own]
        for places, p_yes in zip(own, generator.p_yes_many(chunk, texts), strict=True):
            found[places] = p_yes
        number += len(chunk)
        progress(number, len(scenes))
    return found


def without_pictures(items: Sequence[Item], seed: int = 0) -> Probabilities:
    """The text-only control: of each kind it learns one half by its words, and answers the other.

    It learns from pairs of a question with the answer yes and one with no.
    """
    found = np.full(len(items), 0.5)
    for kind in KINDS_OF_QUESTION:
        places = [place for place, item in enumerate(items) if item.kind == kind]
        for learnt, judged in ((places[0::2], places[1::2]), (places[1::2], places[0::2])):
            yes = [items[place].text for place in learnt if items[place].answer]
            no = [items[place].text for place in learnt if not items[place].answer]
            scorer = text_only(list(zip(yes, no, strict=False)), 1, seed)
            odds = scorer.texts([items[place].text for place in judged])[:, 0]
            found[judged] = odds / (1 + odds)  # a text that sounds neither true nor false: 0.5
    return found


def without_structure(
    scenes: Sequence[Scene], items: Sequence[Item], seed: int = 0
) -> Probabilities:
    """The bag-of-words oracle: yes where all that a question names is somewhere in the scene."""
    scores = bag_of_words(scenes, seed).pairs(
        [item.picture for item in items], [item.text for item in items]
    )
    return (scores >= 0).astype(np.float64)  # one word that is not there makes it negative


def _score(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    scenes, items = drawn(setup)
    judged = partial(protocol.figures, items, kinds=KINDS_OF_QUESTION)
    return with_controls(
        judged(answers(models, scenes, items, progress)),
        text_only=judged(without_pictures(items, setup.seed)),
        bag_of_words=judged(without_structure(scenes, items, setup.seed)),
    )


BENCHMARK = Benchmark(
    name="toyland-questions",
    summary="things, attributes, relations, counts; calibration",
    primary_metric="relation",
    drawn=True,
    default_count=COUNT,
    score=_score,
)
