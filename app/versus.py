"""One query answered by two encoders of the demo, side by side, each hit marked right or wrong.

Only first stages are compared: what a vector finds by itself. Refuses to know HTTP and the page.
"""

from dataclasses import replace
from typing import Any

from vladva.app.answers import Answer
from vladva.app.beside import BASELINE
from vladva.app.drawn_truth import DrawnTruth, Judge
from vladva.app.session import Session
from vladva.app.wish import Wish


class Versus:
    """The comparison of one page. Threads may share it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._truth = DrawnTruth(session.library)

    def ask(self, wish: Wish) -> dict[str, Any]:
        """Both answers: the baseline's, then that of the encoder in use.

        `judged`: the drawn facts can tell right from wrong here. Then each hit has `right` (None
        for a picture that is not of the demo), and each side says how many are. Raises
        `ConfigError` where this library has no second encoder.
        """
        wish = replace(wish, verify=0, fold=False)
        answers = [self._session.find(wish, by=by) for by in (BASELINE, "")]
        query = wish.asked().query
        judge = None if query is None else self._truth.judge(query)
        return {
            "query": wish.words,
            "judged": judge is not None,
            "there": None if judge is None else judge.there,
            "sides": [_side(answer, judge) for answer in answers],
        }


def _side(answer: Answer, judge: Judge | None) -> dict[str, Any]:
    hits = [
        {**hit, "right": None if judge is None else judge(hit["path"])} for hit in answer["results"]
    ]
    return {
        "model": answer["model"],
        "results": hits,
        "right": None if judge is None else sum(hit["right"] is True for hit in hits),
        "judged": sum(hit["right"] is not None for hit in hits),
    }
