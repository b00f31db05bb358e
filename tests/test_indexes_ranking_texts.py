"""A text held against a picture as a search would: what is asked, and what becomes of answers."""

import numpy as np
import pytest

from vladva.indexes.ranking.fuse import Fusion, fused
from vladva.indexes.ranking.texts import QueryJudge, asked
from vladva.indexes.ranking.verify import judged

JUDGE = QueryJudge(Fusion(bias=0.3, prior=0.5, require=2.0, forbid=1.5))


def test_a_text_is_asked_about_as_a_query_is() -> None:
    found = asked("a red dog without people")
    assert [(one.text, one.kind) for one in found] == [("a red dog", "require"),
                                                       ("people", "forbid")]  # fmt: skip
    assert JUDGE.questions("a red dog without people") == [one.question for one in found]


def test_a_text_that_is_no_query_is_plain_words() -> None:
    found = asked("nonsense:filter a dog")
    assert found
    assert {one.kind for one in found} == {"require"}


def test_answers_alone_are_believed_and_with_a_prior_they_are_weighed() -> None:
    text = "a red dog without people"
    verdicts = [judged(one, p) for one, p in zip(asked(text), (0.9, 0.2), strict=True)]
    assert JUDGE.score(text, [0.9, 0.2], None) == fused(0.5, verdicts, Fusion())
    assert JUDGE.score(text, [0.9, 0.2], 0.1) == fused(0.1, verdicts, JUDGE.weights)
    assert JUDGE.score(text, [0.9, 0.2], 0.1) > JUDGE.score(text, [0.9, 0.8], 0.1)


def test_an_answer_for_each_question_or_none_counts() -> None:
    with pytest.raises(ValueError, match="zip"):
        JUDGE.score("a red dog without people", [0.9], None)


def test_priors_keep_the_order_of_cosines() -> None:
    scores = np.array([0.1, 0.4, 0.2])
    assert np.argsort(JUDGE.priors(scores)).tolist() == [0, 2, 1]
