"""Whether a picture of the demo is a right answer: the drawn facts say, not a model.

Only what the drawn world's language can say is judged, and all of it must hold. Refuses to know
how an answer came about and how it is shown.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from vladva.app.beside import DRAWN, drawn_folder
from vladva.indexes.library import Library
from vladva.indexes.query.query import Query
from vladva.toyland.facts import Fact, Said
from vladva.toyland.planted import Demo
from vladva.toyland.read import read
from vladva.toyland.scene import Scene
from vladva.toyland.truth import fits

_NAME = re.compile(r"scene_(\d+)\.jpg")
_UNREAD = re.compile(
    r"\b(?:or|nor|either|neither|not|never|only|just|exactly|but|except|without|unless|if|than)\b"
    r"|n['’]t\b"
)
"""Words that turn what stands beside them into another claim, which no fact says."""
_CLAUSE = re.compile(r"[,.!;:]|\band\b")


@dataclass(frozen=True)
class Judge:
    """Judges the pictures in `folder`: all of `wanted` must hold, and nothing of `forbidden`."""

    demo: Demo
    folder: Path
    wanted: tuple[Fact, ...]
    forbidden: Sequence[tuple[Fact, ...]]

    @property
    def there(self) -> int:
        """How many pictures of the demo are right."""
        return sum(map(self._holds, self.demo.scenes))

    def __call__(self, path: str) -> bool | None:
        """Whether the picture at `path` is right; None where it was not drawn for this demo."""
        name = _NAME.fullmatch(Path(path).name)
        scenes = self.demo.scenes
        if name is None or Path(path).parent != self.folder or int(name[1]) >= len(scenes):
            return None
        return self._holds(scenes[int(name[1])])

    def _holds(self, scene: Scene) -> bool:
        return fits(scene, Said("", self.wanted)) == "yes" and all(
            fits(scene, Said("", facts)) == "no" for facts in self.forbidden
        )


class DrawnTruth:
    """What was drawn for a demo library, planned again when first needed. Threads may share it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._gate = threading.Lock()
        self._planned: tuple[object, Demo] | None = None

    def judge(self, query: Query) -> Judge | None:
        """A judge of answers to a query; None where its words cannot all be read as facts.

        Also where another version of this program drew the pictures: it may have drawn others.
        """
        wanted = facts_of(query.positive)
        refused = [facts_of(text) for text in query.forbid]
        demo = self._demo()
        if demo is None or wanted is None or None in refused:
            return None
        forbidden = [facts for facts in refused if facts]
        return Judge(demo, drawn_folder(self._library.folder).resolve(), wanted, forbidden)

    def _demo(self) -> Demo | None:
        from vladva.toyland import planted

        key = self._library.get(DRAWN)
        if not isinstance(key, list) or len(key) != 3 or key[0] != version("vladva"):
            return None
        with self._gate:
            if self._planned is None or self._planned[0] != key:
                self._planned = key, planted.plan(int(key[1]), int(key[2]))
            return self._planned[1]


def facts_of(text: str) -> tuple[Fact, ...] | None:
    """The facts that a text claims; None where a clause of it claims nothing that can be read.

    Nor is a text read with a word that turns its claims: "or", "only", "not".
    Whoever searches may leave the article out: "red car".
    """
    if _UNREAD.search(text.lower()):
        return None
    return next((facts for said in (text, f"a {text}") if (facts := _all_read(said))), None)


def _all_read(text: str) -> tuple[Fact, ...]:
    clauses = [clause for clause in _CLAUSE.split(text.lower()) if clause.strip()]
    return read(text) if all(read(clause) for clause in clauses) else ()
