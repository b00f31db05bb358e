"""The demo's own library: scenes drawn beside it, and how well an encoder finds them again.

Refuses to know the terminal and the page.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import fmean

import numpy as np
from platformdirs import user_data_path

from vladva.app.beside import DRAWN, drawn_folder
from vladva.errors import ConfigError
from vladva.images import open_image
from vladva.indexes.library import Library
from vladva.protocols import Encoder
from vladva.toyland.planted import Demo, Query, plan, precision_at, true_scenes
from vladva.toyland.write import write_scenes

COUNT, SEED = 2000, 0
TOP = 5
MODEL = "mini"
_BATCH = 64
_NAME = re.compile(r"scene_(\d+)\.jpg")


@dataclass(frozen=True)
class Answered:
    """A sample query and the first hits: their paths, and whether each is right."""

    query: Query
    paths: tuple[Path, ...]
    right: tuple[bool, ...]


@dataclass(frozen=True)
class Precision:
    """Precision@5 in 0..1 over the queries without and with a relation, and of pure chance."""

    simple: float
    related: float
    chance_simple: float
    chance_related: float


def demo_library() -> Path:
    """Where the demo's library lies unless told otherwise: apart from the user's own."""
    return user_data_path("vladva-demo", appauthor=False) / "library"


def draw_demo(
    library: Library, demo: Demo, stop: threading.Event | None = None
) -> Iterator[tuple[Path, int, int]]:
    """Draw what is not drawn yet → (folder, done, total), at least once."""
    folder = drawn_folder(library.folder)
    total = len(demo.scenes)
    key = [version("vladva"), demo.scenes[0].seed, total]
    if library.get(DRAWN) == key and (folder / "scenes.jsonl").is_file():
        yield folder, total, total
        return
    for scene in write_scenes(folder, demo.scenes):
        yield folder, scene.done, scene.total
        if stop is not None and stop.is_set():
            return
    library.set(DRAWN, key)


def check_free(library: Library) -> None:
    """Raise `ConfigError` for a library that somebody uses with another encoder."""
    active = library.active()
    if active is not None and active.model != MODEL:
        raise ConfigError(
            f"{library.folder} is in use with {active.model}; the demo would replace it.",
            "Leave --library out, or name a new folder.",
        )


def page_drawing(library: Library) -> Callable[[threading.Event], Iterator[tuple[Path, int, int]]]:
    """The demo of a first run in the page, as `jobs.Indexing` wants it."""

    def draw(stop: threading.Event) -> Iterator[tuple[Path, int, int]]:
        demo = plan(SEED, COUNT)
        library.set("examples", example_texts(demo))
        return draw_demo(library, demo, stop)

    return draw


def example_texts(demo: Demo) -> list[str]:
    """Queries that invite a visitor: short ones, with a relation and without."""
    short = sorted(demo.queries, key=lambda query: (len(query.text), query.text))
    simple = [query.text for query in short if not query.has_relation]
    related = [query.text for query in short if query.has_relation]
    return [*simple[:2], *related[:2]]


def answers(
    demo: Demo, folder: Path, search: Callable[[str, int], Iterable[str]]
) -> list[Answered]:
    """Ask every query of the demo. `search`: (text, limit) → paths, best first."""
    return [_answered(demo, folder, query, search(query.text, TOP)) for query in demo.queries]


def precision(demo: Demo, folder: Path, found: Sequence[Answered], library: Library) -> Precision:
    """How many of the first hits are right; chance is the share of right scenes among all."""
    chance = _chance(demo, folder, library)
    rows = list(zip(found, chance, strict=True))
    simple = [row for row in rows if not row[0].query.has_relation]
    related = [row for row in rows if row[0].query.has_relation]
    return Precision(
        fmean(sum(answer.right) / TOP for answer, _ in simple),
        fmean(sum(answer.right) / TOP for answer, _ in related),
        fmean(share for _, share in simple),
        fmean(share for _, share in related),
    )


def ranking(
    encoder: Encoder, paths: Sequence[Path]
) -> Iterator[int | Callable[[str, int], list[str]]]:
    """Encode pictures without a library → how many are done, last a `search` over them."""
    blocks = []
    for start in range(0, len(paths), _BATCH):
        pictures = [encoder.prepare(open_image(path)) for path in paths[start : start + _BATCH]]
        blocks.append(encoder.encode(pictures))
        yield min(start + _BATCH, len(paths))
    vectors = np.concatenate(blocks)

    def search(text: str, limit: int) -> list[str]:
        scores = vectors @ encoder.encode_texts([text])[0]
        return [str(paths[at]) for at in np.argsort(-scores, kind="stable")[:limit]]

    yield search


def _answered(demo: Demo, folder: Path, query: Query, hits: Iterable[str]) -> Answered:
    paths = tuple(Path(hit) for hit in hits)
    right = tuple(_is_right(demo, folder, query, path) for path in paths)
    return Answered(query, paths, right)


def _is_right(demo: Demo, folder: Path, query: Query, path: Path) -> bool:
    name = _NAME.fullmatch(path.name)
    if name is None or path.parent != folder.resolve():
        return False
    return precision_at([int(name[1])], query, demo.scenes, 1) == 1


def _chance(demo: Demo, folder: Path, library: Library) -> list[float]:
    """The share of right scenes of each query; kept, as the truth of all scenes takes seconds."""
    key = [*(library.get(DRAWN) or []), str(folder)]
    kept = library.get("demo_chance")
    if kept and kept["key"] == key:
        return [float(share) for share in kept["shares"]]
    shares = [len(true_scenes(query, demo.scenes)) / len(demo.scenes) for query in demo.queries]
    library.set("demo_chance", {"key": key, "shares": shares})
    return shares
