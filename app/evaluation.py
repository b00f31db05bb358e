"""Benchmarks on one model: which model and adapter are meant, and one outcome for each benchmark.

Refuses to know the command line, what a benchmark does, and how figures are shown.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from vladva.app.adapters import NONE, PACKAGED, Adapters, base_name, base_of, read_facts
from vladva.app.sources import named_source, own_folder
from vladva.app.training import is_library
from vladva.benchmarks.paper import paper_tables
from vladva.benchmarks.registry import Models, Setup, run
from vladva.errors import ConfigError, Unsupported
from vladva.indexes.library import Library
from vladva.presets import default_model
from vladva.protocols import Encoder, Generator

Load = Callable[..., Encoder]
Progress = Callable[[str, int, int], None]
"""Is told (benchmark, done, total), both in pictures."""


@dataclass(frozen=True)
class Judged:
    """A model and the adapter on it. `folder` is as `load_encoder` takes it, `adapter` a name."""

    model: str
    adapter: str
    folder: Path | Literal["packaged"] | None


@dataclass(frozen=True)
class Outcome:
    """What a benchmark said of a model: metric → percent; or None, and why."""

    benchmark: str
    metrics: dict[str, float] | None
    reason: str = ""
    hint: str = ""


def judged(library: Path, model: str | None, adapter: str | None) -> Judged:
    """What `--model` and `--adapter` mean; without them, what the library is searched with.

    Where there is no library: the default model, and its packaged adapter. A folder brings the
    base that it was trained for. Raises `ConfigError` on an adapter that is nowhere.
    """
    if is_library(library):
        with Library.open(library, create=False) as opened:
            return _of_library(opened, model, adapter)
    if adapter in (None, PACKAGED):
        return Judged(base_name(model or default_model()), PACKAGED, "packaged")
    if adapter == NONE:
        return Judged(base_name(model or default_model()), NONE, None)
    folder = Path(str(adapter)).expanduser()
    if not folder.is_dir():
        raise ConfigError(
            f"There is no adapter {adapter!r}: no folder of that name, and no library.",
            "Name the folder of an adapter, or none.",
        )
    return _in_folder(folder.resolve(), model)


def load(chosen: Judged, device: str, load_encoder: Load) -> Models:
    """Load the model → what benchmarks ask. Its generative half speaks without the adapter."""
    encoder: Any = load_encoder(chosen.model, device=device, adapter=chosen.folder)

    def generator() -> Generator:
        if not hasattr(encoder, "generator"):
            raise Unsupported(
                f"{chosen.model} only embeds: it can neither caption nor answer",
                "name an LVLM: mini, qwen2-vl-2b, llava-1.5-7b",
            )
        made: Generator = encoder.generator()
        return made

    return Models(encoder, generator)


def adapter_on(models: Models, chosen: Judged) -> str:
    """The adapter's name, "none" where the model has none on it after all."""
    inner = getattr(models.encoder, "model", None)
    has_one = getattr(inner, "adapter", None) is not None
    return chosen.adapter if has_one or chosen.adapter != PACKAGED else NONE


def evaluate(
    models: Models, benchmarks: Sequence[str], setup: Setup, progress: Progress
) -> Iterator[Outcome]:
    """One outcome a benchmark, in order; what the model cannot do comes with its reason."""
    for name in benchmarks:
        progress(name, 0, 0)  # items are drawn before the first picture is looked at
        try:
            metrics = run(name, models, setup, _told(progress, name))
        except Unsupported as error:
            yield Outcome(name, None, error.message, error.hint)
        else:
            yield Outcome(name, metrics)


def as_json(
    model: str, adapter: str, setup: Setup, outcomes: Sequence[Outcome], *, paper: bool
) -> dict[str, Any]:
    """The object of `eval --json`; "skipped" tells of benchmarks that the model cannot do."""
    asked = {name: value for name, value in asdict(setup).items() if name != "data"}
    skipped = {one.benchmark: one.reason for one in outcomes if one.metrics is None}
    return {
        "model": model,
        "adapter": adapter,
        "setup": asked,
        "results": {one.benchmark: one.metrics for one in outcomes if one.metrics is not None},
        **({"skipped": skipped} if skipped else {}),
        **({"paper": paper_json([one.benchmark for one in outcomes])} if paper else {}),
    }


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
    return Judged(source.model, source.adapter, Adapters(library).folder(source.adapter))


def _in_folder(folder: Path, model: str | None, otherwise: str = "") -> Judged:
    trained_for = base_of(read_facts(folder))
    base = model or otherwise or trained_for or default_model()
    return Judged(base_name(base), str(folder), folder)


def _told(progress: Progress, name: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(name, done, total)
