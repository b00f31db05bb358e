"""Benchmarks on one model: which model and adapter are meant, and one outcome for each benchmark.

Refuses to know the command line, what a benchmark does, and how figures are shown.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from vladva.app.adapters import NONE, PACKAGED, Adapters, base_name, base_of, read_facts
from vladva.app.sources import Source, named_source, own_folder
from vladva.app.training import is_library
from vladva.benchmarks.matched import WholeTexts, matching
from vladva.benchmarks.paper import PAPER_ONLY, paper_tables, source
from vladva.benchmarks.registry import Models, Setup, run, run_verified
from vladva.benchmarks.sets import benchmarked
from vladva.benchmarks.verified import Judge
from vladva.clock import Clock
from vladva.errors import ConfigError, DataError, Unsupported
from vladva.indexes.library import Library
from vladva.presets import default_model
from vladva.protocols import Encoder, Generator

Load = Callable[..., Encoder]
Progress = Callable[[str, int, int], None]
"""Is told (benchmark, done, total), both in pictures."""


@dataclass(frozen=True)
class Judged:
    """What is measured, and the folder of its adapter as `load_encoder` takes it."""

    source: Source
    folder: Path | Literal["packaged"] | None

    @property
    def model(self) -> str:
        """The base."""
        return self.source.model

    @property
    def adapter(self) -> str:
        """The adapter's name, or its folder."""
        return self.source.adapter


@dataclass(frozen=True)
class Outcome:
    """What a benchmark said of a model: metric → percent; or None, and why.

    `generator` and `fusion`: the figures of stage two, alone and with stage one, where asked for.
    """

    benchmark: str
    metrics: dict[str, float] | None
    reason: str = ""
    hint: str = ""
    generator: dict[str, float] | None = None
    fusion: dict[str, float] | None = None


def judged(library: Path, model: str | None, adapter: str | None) -> Judged:
    """What `--model` and `--adapter` mean; without them, what the library is searched with.

    Where there is no library: the default model, and its packaged adapter. A folder brings the
    base that it was trained for. Raises `ConfigError` on an adapter that is nowhere.
    """
    if is_library(library):
        with Library.open(library, create=False) as opened:
            return _of_library(opened, model, adapter)
    if adapter in (None, PACKAGED):
        return Judged(Source(base_name(model or default_model())), "packaged")
    if adapter == NONE:
        return Judged(Source(base_name(model or default_model()), NONE), None)
    folder = Path(str(adapter)).expanduser()
    if not folder.is_dir():
        raise ConfigError(
            f"There is no adapter {adapter!r}: no folder of that name, and no library.",
            "Name the folder of an adapter, or none.",
        )
    return _in_folder(folder.resolve(), model)


def kept_in(library: Path) -> Path | None:
    """Where an interrupted run leaves its vectors: with the library; None where there is none."""
    return library / "evaluations" if is_library(library) else None


def load(chosen: Judged, device: str, load_encoder: Load) -> Models:
    """Load the model → what benchmarks ask. Its generative half speaks without the adapter."""
    options = chosen.source.options
    loaded = load_encoder(chosen.model, device=device, adapter=chosen.folder, **options)
    encoder: Any = benchmarked(loaded)

    def generator() -> Generator:
        if not hasattr(encoder, "generator"):
            raise Unsupported(
                f"{chosen.model} only embeds: it can neither caption nor answer",
                "name an LVLM: mini, qwen2-vl-2b, llava-1.5-7b",
            )
        made: Generator = encoder.generator()
        return made

    return Models(encoder, generator)


@contextmanager
def clocked(models: Models, *, on: bool) -> Iterator[tuple[Models, dict[str, Any]]]:
    """The same models, timed, and the report on where the time went: filled at the end.

    Without `on` they are left alone, and there is no report.
    """
    from vladva.encoders.clocked import Clocked, parts

    report: dict[str, Any] = {}
    if not on:
        yield models, report
        return
    clock, start = Clock(), time.perf_counter()
    with parts(models.encoder, clock):
        yield replace(models, encoder=Clocked(models.encoder, clock)), report
    report.update(clock.report(time.perf_counter() - start))


def adapter_on(models: Models, chosen: Judged) -> str:
    """The adapter's name, "none" where the model has none on it after all."""
    inner = getattr(models.encoder, "model", None)
    has_one = getattr(inner, "adapter", None) is not None
    return chosen.adapter if has_one or chosen.adapter != PACKAGED else NONE


def evaluate(
    models: Models,
    benchmarks: Sequence[str],
    setup: Setup,
    progress: Progress,
    judge: Judge | None = None,
) -> Iterator[Outcome]:
    """One outcome a benchmark, in order; what cannot be done comes with its reason.

    That is what the model cannot do, and photos that turn out to be broken on the way.

    With a `judge`, stage two stands beside those benchmarks that hold texts against pictures.
    """
    for name in benchmarks:
        progress(name, 0, 0)  # items are drawn before the first picture is looked at
        try:
            yield _outcome(name, models, setup, _told(progress, name), judge)
        except (Unsupported, DataError) as error:
            yield Outcome(name, None, error.message, error.hint)


def _outcome(
    name: str,
    models: Models,
    setup: Setup,
    progress: Callable[[int, int], None],
    judge: Judge | None,
) -> Outcome:
    seeing = matching(models) or models
    both = None if judge is None else run_verified(name, seeing, judge, setup, progress)
    if both is None:
        return Outcome(name, run(name, models, setup, progress))
    return Outcome(name, both.encoder, generator=both.generator, fusion=both.fusion)


def query_judge(models: Models) -> Judge:
    """Texts as queries, and the weights of stage two that lie with this model.

    A head for matching is asked of whole texts. Raises `Unsupported` where there is neither.
    """
    from vladva.indexes.ranking.fuse import Fusion
    from vladva.indexes.ranking.texts import QueryJudge
    from vladva.indexes.ranking.trust import packaged_trust

    if matching(models) is not None:
        return WholeTexts()
    models.generator()
    known = packaged_trust(models.encoder)
    return QueryJudge(Fusion() if known is None else known.weights)


def as_json(
    model: str, adapter: str, setup: Setup, outcomes: Sequence[Outcome], *, paper: bool
) -> dict[str, Any]:
    """The object of `eval --json`; "skipped" tells of benchmarks without figures, and why."""
    asked = {name: value for name, value in asdict(setup).items() if name not in ("data", "kept")}
    skipped = {one.benchmark: one.reason for one in outcomes if one.metrics is None}
    return {
        "model": model,
        "adapter": adapter,
        "setup": asked,
        "results": {one.benchmark: one.metrics for one in outcomes if one.metrics is not None},
        **_stage_two(outcomes),
        **({"skipped": skipped} if skipped else {}),
        **(_paper([one.benchmark for one in outcomes]) if paper else {}),
    }


def _stage_two(outcomes: Sequence[Outcome]) -> dict[str, dict[str, dict[str, float]]]:
    """`results_generator` and `results_fusion`, where any benchmark has them."""
    found = {
        "results_generator": {one.benchmark: one.generator for one in outcomes if one.generator},
        "results_fusion": {one.benchmark: one.fusion for one in outcomes if one.fusion},
    }
    return {key: figures for key, figures in found.items() if figures}


def _paper(benchmarks: Sequence[str]) -> dict[str, Any]:
    """The paper's figures, where they come from, and whose no checkpoint could be measured for."""
    tables = paper_json(benchmarks)
    systems = {system for one in tables.values() for rows in one.values() for system in rows}
    only = sorted(systems & PAPER_ONLY)
    return {"paper": tables, "paper_source": source(), "paper_figures_only": only}


def paper_json(benchmarks: Sequence[str]) -> dict[str, Any]:
    """Benchmark → table → system → metric → percent, for those that the paper has."""
    found = {name: paper_tables(name) for name in benchmarks}
    return {
        name: {table.title: {s: dict(row) for s, row in table.rows.items()} for table in tables}
        for name, tables in found.items()
        if tables
    }


def _of_library(library: Library, model: str | None, adapter: str | None) -> Judged:
    folder = None if adapter is None else own_folder(library, adapter)
    if folder is not None:
        return _in_folder(folder, model, named_source(library, model, adapter).model)
    source = named_source(library, model, adapter)
    return Judged(source, Adapters(library).folder(source.adapter))


def _in_folder(folder: Path, model: str | None, otherwise: str = "") -> Judged:
    trained_for = base_of(read_facts(folder))
    base = model or otherwise or trained_for or default_model()
    return Judged(Source(base_name(base), str(folder)), folder)


def _told(progress: Progress, name: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(name, done, total)
