"""Every figure of the page of evidence, measured model by model and kept in one JSON file.

A figure that is there for the same weights and the same setup is not measured again, so a run that
was stopped goes on. Refuses to know how figures are shown.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import numpy as np

from vladva.app.evaluation import Judged, load
from vladva.app.sources import Source
from vladva.benchmarks.pictures import encode_scenes, prepared
from vladva.benchmarks.registry import DRAWN, Models, Setup, run, silent
from vladva.encoders import load_encoder
from vladva.errors import Unsupported
from vladva.presets import PRESETS, is_cached
from vladva.toyland.invent import invent
from vladva.toyland.planted import plan, precision_at

ROOT = Path(__file__).parent.parent
RUNS = ROOT / "runs"
Figures = dict[str, float]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Contestant:
    """A model on the page. `paper`: the system of the paper that stands where it does."""

    name: str
    model: str
    adapter: Path | Literal["packaged"] | None
    paper: str

    def is_here(self) -> bool:
        """Whether its weights are on this disk."""
        known = PRESETS.get(self.model)
        base = is_cached(known) if known else (Path(self.model) / "config.json").is_file()
        extra = not isinstance(self.adapter, Path) or (self.adapter / "adapter.json").is_file()
        return base and extra


CONTESTANTS = (
    Contestant("mini", "mini", "packaged", "VladVA (LLaVA-1.5-7B)"),
    Contestant("zero-shot", "mini", None, "LLaVA-1.5-7B"),
    Contestant("clip-mini", "clip-mini", "packaged", "CLIP (ViT-B)"),
    Contestant("NegCLIP-mini", str(RUNS / "mini" / "negclip" / "model"), "packaged", "NegCLIP"),
    Contestant(
        "E5-V-mini",
        str(RUNS / "mini" / "base"),
        RUNS / "mini" / "e5v" / "adapter",
        "E5-V (LLaVA-1.5-7B)",
    ),
)


@dataclass(frozen=True)
class Scale:
    """How much is measured. `count` None: each benchmark's own."""

    count: int | None = None
    demo_scenes: int = 2000
    demo_queries: int = 100
    captions: int = 200
    seed: int = 0


QUICK = Scale(count=6, demo_scenes=24, demo_queries=2, captions=4)
UNSEEN = ("toyland-retrieval", "toyland-sugarcrepe")
"""What is measured on pairs and on wordings that were never trained, too."""


@dataclass
class Record:
    """What was measured of one contestant. `results`: benchmark, or benchmark/variant → figures."""

    fingerprint: str = ""
    scale: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Figures] = field(default_factory=dict)
    cannot: dict[str, str] = field(default_factory=dict)


class Store:
    """The JSON file: contestant → record."""

    def __init__(self, file: Path) -> None:
        self._file = file
        told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        self.records = {name: Record(**row) for name, row in told.items()}

    def record(self, name: str, fingerprint: str, scale: Scale) -> Record:
        """What is known of these weights at this scale; a fresh record where it is of others."""
        known = self.records.get(name)
        if known is None or (known.fingerprint, known.scale) != (fingerprint, asdict(scale)):
            self.records[name] = Record(fingerprint, asdict(scale))
        return self.records[name]

    def save(self) -> None:
        """Write it, whole or not at all."""
        rows = {name: asdict(record) for name, record in self.records.items()}
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps(rows, indent=1, default=float) + "\n", encoding="utf-8")
        partial.replace(self._file)


def measure(store: Store, scale: Scale, say: Say) -> None:
    """Measure what is not known yet of every contestant that is here."""
    for contestant in CONTESTANTS:
        if not contestant.is_here():
            say(f"{contestant.name}: its weights are not here")
            continue
        models = _loaded(contestant)
        record = store.record(contestant.name, models.encoder.fingerprint, scale)
        for name, task in _tasks(contestant, models, scale):
            if name in record.results or name in record.cannot:
                continue
            say(f"{contestant.name}: {name}")
            try:
                record.results[name] = {k: round(float(v), 3) for k, v in task().items()}
            except Unsupported as error:
                # a folder's name is of this machine
                record.cannot[name] = error.message.replace(contestant.model, contestant.name)
            store.save()


def _loaded(contestant: Contestant) -> Models:
    return load(Judged(Source(contestant.model), contestant.adapter), "auto", load_encoder)


def _tasks(
    contestant: Contestant, models: Models, scale: Scale
) -> Iterator[tuple[str, Callable[[], Figures]]]:
    """Everything that is measured of a contestant, by name."""
    plain = Setup(scale.seed, scale.count)
    for name in DRAWN:
        yield name, _benchmark(name, models, plain)
    if contestant.name == "mini":
        for name in UNSEEN:
            pairs, words = replace(plain, unseen=True), replace(plain, unseen_words=True)
            yield f"{name}/unseen", _benchmark(name, models, pairs)
            yield f"{name}/unseen-words", _benchmark(name, models, words)
        yield "captions-kept", lambda: captions_kept(models, scale)
        yield "captions-on", _benchmark("toyland-captions", _speaking_tuned(models), plain)
    yield "demo", lambda: demo_precision(models, scale)


def _speaking_tuned(models: Models) -> Models:
    """The same model, its generative half with the adapter on."""
    encoder: Any = models.encoder
    return replace(models, generator=lambda: encoder.generator(adapter=True))


def _benchmark(name: str, models: Models, setup: Setup) -> Callable[[], Figures]:
    return lambda: run(name, models, setup)


def demo_precision(models: Models, scale: Scale) -> Figures:
    """Precision@5 in percent over the demo's queries: all, without and with a relation."""
    world = plan(scale.seed, scale.demo_scenes, scale.demo_queries)
    vectors = encode_scenes(models.encoder, world.scenes, silent)
    queries = models.encoder.encode_texts([query.text for query in world.queries])
    best = np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :5]
    found = [
        (query.has_relation, 100 * precision_at(row.tolist(), query, world.scenes, 5))
        for query, row in zip(world.queries, best, strict=True)
    ]
    return {
        "precision@5": fmean(share for _, share in found),
        "simple": fmean(share for related, share in found if not related),
        "related": fmean(share for related, share in found if related),
    }


def captions_kept(models: Models, scale: Scale) -> Figures:
    """The share of captions that are word for word the base's, with the adapter switched off."""
    base: Any = load_encoder("mini", adapter=None)
    speakers = base.generator(), models.generator()
    same = []
    scenes = [invent("test", scale.seed, index) for index in range(scale.captions)]
    for chunk in prepared(models.encoder, scenes):
        one, other = (speaker.caption(chunk, "short") for speaker in speakers)
        same += [a == b for a, b in zip(one, other, strict=True)]
    return {"identical": 100 * fmean(same)}
