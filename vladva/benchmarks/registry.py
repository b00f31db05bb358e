"""Benchmarks by name: what each is, what it needs, and one way to run any of them.

Refuses to know models' names, files and how figures are shown; a benchmark's own module is
imported only when it is asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from vladva.errors import ConfigError, DataError
from vladva.protocols import Encoder, Generator

if TYPE_CHECKING:
    from vladva.benchmarks.verified import Judge, Verified

BENCHMARKS: dict[str, str] = {
    "flickr30k": "photo_flickr30k",
    "coco": "photo_coco",
    "nocaps": "photo_nocaps",
    "sugarcrepe": "photo_sugarcrepe",
    "sugarcrepe-pp": "photo_sugarcrepe_pp",
    "winoground": "photo_winoground",
    "cola": "photo_cola",
    "imagenet": "photo_imagenet",
    "toyland-retrieval": "toyland_retrieval",
    "toyland-sugarcrepe": "toyland_sugarcrepe",
    "toyland-sugarcrepe-pp": "toyland_sugarcrepe_pp",
    "toyland-winoground": "toyland_winoground",
    "toyland-questions": "toyland_questions",
    "toyland-edits": "toyland_edits",
    "toyland-classify": "toyland_classify",
    "toyland-captions": "toyland_captions",
}
"""Name → module of this package, which ends in `BENCHMARK = Benchmark(...)`."""
DRAWN = tuple(name for name in BENCHMARKS if name.startswith("toyland-"))
"""Those that need no data."""

Progress = Callable[[int, int], None]
"""Is told (done, total), both in pictures."""


@dataclass(frozen=True)
class Setup:
    """What is asked of a benchmark.

    `count`: scenes for retrieval, items of EACH kind elsewhere; None is the benchmark's default.
    `unseen`: pairs of colour and kind never trained. `unseen_words`: wordings never trained.
    `data`: the folder of a benchmark of photographs. `kept`: where an interrupted run over
    photographs leaves what it has done, so that the next one goes on.
    """

    seed: int = 0
    count: int | None = None
    unseen: bool = False
    unseen_words: bool = False
    data: Path | None = None
    kept: Path | None = None

    def items(self, default: int) -> int:
        """How many are asked for: `count`, else the benchmark's default."""
        return default if self.count is None else self.count


@dataclass(frozen=True)
class Models:
    """What is judged. `generator` makes the generative half, when it is first asked for.

    It raises `Unsupported` where the model has none.
    """

    encoder: Encoder
    generator: Callable[[], Generator]


@dataclass(frozen=True)
class Benchmark:
    """One benchmark. `drawn`: it needs no data. `score`: metric → percent, keys as in the CLI."""

    name: str
    summary: str
    primary_metric: str
    drawn: bool
    default_count: int
    score: Callable[[Models, Setup, Progress], dict[str, float]]
    verified: "Callable[[Models, Judge, Setup, Progress], Verified] | None" = None
    """The same with stage two beside it; None where no text is held against a picture."""
    check: Callable[[Setup], None] | None = None
    """Raises `DataError` where the files are not all there; None where none are needed."""
    largest: int | None = None
    """Items of its largest kind, where it has kinds: `count` is of each."""

    def is_part(self, count: int | None) -> bool:
        """Whether so many, where any number is asked for, are less than the whole data set."""
        return count is not None and count < (self.largest or self.default_count)


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


def find(name: str) -> Benchmark:
    """The benchmark of this name. Raises `ConfigError`, with the nearest one, where none is."""
    if name not in BENCHMARKS:
        near = get_close_matches(name.lower(), BENCHMARKS, n=1, cutoff=0.4)
        meant = f"did you mean {near[0]!r}? " if near else ""
        hint = f"{meant}benchmarks: {', '.join(BENCHMARKS)}"
        raise ConfigError(f"no benchmark is called {name!r}", hint)
    module = import_module(f"vladva.benchmarks.{BENCHMARKS[name]}")
    found = module.BENCHMARK
    assert isinstance(found, Benchmark)
    return found


def check(names: Sequence[str], setup: Setup) -> None:
    """Raises one `DataError` with all that these benchmarks lack, before any model is loaded."""
    lacking: list[DataError] = []
    for name in names:
        benchmark, _ = _checked(name, setup)
        try:
            if benchmark.check is not None:
                benchmark.check(setup)
        except DataError as error:
            lacking.append(error)
    if len(lacking) == 1:
        raise lacking[0]
    if lacking:
        told = (f"{error.message}\n  {error.hint}" for error in lacking)
        raise DataError("\n".join(told), "get these files, or leave these benchmarks out")


def run(
    name: str, models: Models, setup: Setup | None = None, progress: Progress = silent
) -> dict[str, float]:
    """Score a model on the benchmark of this name: metric → percent.

    Raises `ConfigError` for an unknown name and a count below 1, `Unsupported` where the benchmark
    needs what the model does not have, `DataError` for data that is missing or broken.
    """
    benchmark, setup = _checked(name, setup)
    return benchmark.score(models, setup, progress)


def run_verified(
    name: str,
    models: Models,
    judge: "Judge",
    setup: Setup | None = None,
    progress: Progress = silent,
) -> "Verified | None":
    """As `run`, with both stages beside each other; None where the benchmark has no stage two."""
    benchmark, setup = _checked(name, setup)
    if benchmark.verified is None:
        return None
    return benchmark.verified(models, judge, setup, progress)


def _checked(name: str, setup: Setup | None) -> tuple[Benchmark, Setup]:
    benchmark = find(name)
    setup = setup or Setup()
    if setup.count is not None and setup.count < 1:
        raise ConfigError(f"{setup.count} items cannot be scored", "ask for at least one: --count")
    if not benchmark.drawn and (setup.unseen or setup.unseen_words):
        raise ConfigError(
            f"{name} is of photographs: which of them were never trained on is not known",
            "leave --unseen and --unseen-words to the drawn benchmarks",
        )
    return benchmark, setup
