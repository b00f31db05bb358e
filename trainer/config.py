"""Every setting of a training run, with its default and its bounds: frozen values, no behaviour.

Where they come from, weakest first: the defaults here, a recipe, the changes of a command line.
What the paper gives stands in its recipes; the defaults are ours. Refuses to know how a setting
is used, and whether a model or a file exists.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from vladva.errors import ConfigError
from vladva.trainer.config_check import Setting, flat, heard, nearest, settings_of, taken

T = TypeVar("T")
RECIPES = Path(__file__).parent / "recipes"
DEFAULTS = {
    "mini": "mini",
    "qwen2-vl-2b": "qwen2-vl-2b-24gb",
    "smolvlm-256m": "smolvlm-256m-laptop",
}
"""A model → its recipe where none is asked for; other models start from the defaults here."""
LENGTHS = ("optim.epochs", "optim.steps", "optim.minutes")
"""Who sets one of these replaces all that a weaker source says."""


def _within(default: T, low: float, high: float) -> T:
    """A field of a number that must lie in [low, high]."""
    made: T = field(default=default, metadata={"bounds": (low, high)})
    return made


@dataclass(frozen=True)
class ModelConfig:
    """The base."""

    name: str = "mini"
    """A preset, a hub id, or a local folder."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    gradient_checkpointing: bool = False
    """Computes a layer again for its gradients: less memory, about a third more time."""


@dataclass(frozen=True)
class AdapterConfig:
    """What is learned; see `vladva.adapters`."""

    start: Literal["in_use", "fresh"] = "in_use"
    """Go on from the adapter in use, in its shape, where there is one; or from the words."""
    rank: int = _within(16, 0, 1024)
    """Of the LoRA on the language model; 0 leaves it out."""
    alpha: int = _within(16, 1, 4096)
    soft_prompts: bool = True
    vision: bool = False
    """LoRA on the vision tower too."""
    projector: bool = False
    """LoRA on the projector too."""


@dataclass(frozen=True)
class DataConfig:
    """Rows, and how they come."""

    batch: int = _within(64, 2, 1_000_000)
    """Rows of one optimiser step, over all processes."""
    chunk: int | None = _within(None, 1, 1_000_000)
    """Rows in memory at once (GradCache, exact); none: the whole batch."""
    workers: int | Literal["auto"] = _within("auto", 0, 256)
    held_out: float = _within(0.1, 0.0, 0.9)
    """Share of the pictures that is kept for evaluation and the gate."""
    held_out_file: str | None = None
    """Rows to evaluate on instead; a relative path starts at DATA's folder."""
    join_captions: bool = False
    """Several captions of a picture, joined, also make its long one."""
    short_words: int = _within(25, 1, 10_000)
    """A bare caption of fewer words is a short one."""
    long_tokens: int = _within(500, 1, 100_000)
    """Tokens of a long caption at most; the rest is cut."""
    cache_features: bool | Literal["auto"] = "auto"
    """Keep what a frozen vision tower sees on disk."""
    allow_bad: float = _within(0.01, 0.0, 1.0)
    """Share of unusable rows above which nothing starts."""


@dataclass(frozen=True)
class CaptionsConfig:
    """Captions that a row lacks."""

    generate: bool = False
    """By the base itself, adapter off."""
    machine: bool = False
    """Of a library, those that a model wrote count as well as a person's."""


@dataclass(frozen=True)
class LossConfig:
    """Weights beside the contrastive loss, whose weight is 1. The last three: beyond the paper."""

    autoregressive: float = _within(1.0, 0.0, 1000.0)
    text_text: float = _within(0.0, 0.0, 1000.0)
    negatives: bool = False
    edits: float = _within(0.0, 0.0, 1000.0)


@dataclass(frozen=True)
class OptimConfig:
    """AdamW with warm-up and cosine. Of several lengths, the one that is reached first ends it."""

    lr: float = _within(1e-4, 1e-8, 1.0)
    prompt_lr: float | None = _within(None, 1e-8, 1.0)
    """Of the soft prompts; none: as `lr`."""
    weight_decay: float = _within(0.0, 0.0, 10.0)
    """Of the LoRA weights; soft prompts and temperature have none."""
    warmup: float = _within(0.03, 0.0, 1.0)
    """Share of the steps."""
    clip: float = _within(1.0, 1e-6, 1e6)
    """Largest norm of the gradient."""
    epochs: float | None = _within(7.0, 1e-3, 1e6)
    """Passes over the training rows (paper: 7)."""
    steps: int | None = _within(None, 1, 1_000_000_000)
    minutes: float | None = _within(None, 0.01, 1e6)


@dataclass(frozen=True)
class RunConfig:
    """Seed, and how often what is done. Intervals are steps."""

    seed: int = _within(0, 0, 2**32 - 1)
    eval_every: int = _within(100, 1, 1_000_000_000)
    save_every: int = _within(100, 1, 1_000_000_000)
    keep: int = _within(2, 1, 1000)
    """Checkpoints that stay on disk."""


@dataclass(frozen=True)
class TrainConfig:
    """Everything that a run is told."""

    model: ModelConfig = field(default_factory=ModelConfig)
    adapter: AdapterConfig = field(default_factory=AdapterConfig)
    data: DataConfig = field(default_factory=DataConfig)
    captions: CaptionsConfig = field(default_factory=CaptionsConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
    run: RunConfig = field(default_factory=RunConfig)


def load_config(recipe: str | Path | None, changes: Sequence[str]) -> TrainConfig:
    """A recipe's name or TOML file, and changes such as "optim.lr=3e-4" → the configuration.

    Without a recipe, the one of the model that the changes name (`mini` unless they do). Raises
    one `ConfigError` that lists everything that is wrong.
    """
    problems: list[str] = []
    said = _heard(changes, problems)
    if recipe is None:
        recipe = DEFAULTS.get(str(said.get("model.name", ModelConfig.name)))
    written = {} if recipe is None else flat(_read(recipe))
    return _built([written, said], problems)


def from_dict(values: Mapping[str, Any]) -> TrainConfig:
    """What `as_dict` gave → the configuration. Raises `ConfigError`."""
    return _built([flat(values)], [])


def as_dict(config: TrainConfig) -> dict[str, Any]:
    """Sections of plain values, for JSON."""
    return asdict(config)


def as_toml(config: TrainConfig) -> str:
    """A recipe that gives this configuration. TOML has no none: such settings are comments."""
    lines: list[str] = []
    for section, values in as_dict(config).items():
        lines += [f"[{section}]"]
        for name, value in values.items():
            said = json.dumps(value, ensure_ascii=False)
            lines += [f"# {name} = none" if value is None else f"{name} = {said}"]
        lines += [""]
    return "\n".join(lines)


def recipes() -> list[str]:
    """Names of the packaged recipes."""
    return sorted(path.stem for path in RECIPES.glob("*.toml"))


def _read(recipe: str | Path) -> dict[str, Any]:
    """A recipe's tables. Raises `ConfigError`."""
    named = isinstance(recipe, str) and not recipe.endswith(".toml")
    path = RECIPES / f"{recipe}.toml" if named else Path(recipe)
    if named and recipe not in recipes():
        hint = f"recipes: {', '.join(recipes())}; a file's name ends in .toml"
        raise ConfigError(f"no recipe is called {recipe}{nearest(str(recipe), recipes())}", hint)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"the recipe {path} cannot be read: {error}") from error


def _heard(changes: Sequence[str], problems: list[str]) -> dict[str, Any]:
    """Changes of the command line by key; the last of a key counts."""
    known = settings_of(TrainConfig)
    said: dict[str, Any] = {}
    for change in changes:
        key, equals, text = (part.strip() for part in change.partition("="))
        if not equals:
            problems.append(f"{change!r} is no change; write section.name=value")
        else:
            said[key] = heard(known[key], text) if key in known else text
    return said


def _built(layers: Sequence[Mapping[str, Any]], problems: list[str]) -> TrainConfig:
    """Layers of values by key, weakest first → the configuration. Raises `ConfigError`."""
    known = settings_of(TrainConfig)
    values: dict[str, Any] = {}
    for layer in layers:
        if any(key in layer for key in LENGTHS):
            values.update(dict.fromkeys(LENGTHS))
        for key, value in layer.items():
            problems += _problem(known, key, value)
            if key in known:
                values[key] = value
    config = TrainConfig() if problems else _made(known, values)
    problems = problems or _contradictions(config)
    if problems:
        many = f"{len(problems)} settings cannot be used:\n  " if problems[1:] else ""
        raise ConfigError(many + "\n  ".join(problems), "`--recipe` and `--set` say the settings")
    return config


def _problem(known: Mapping[str, Setting], key: str, value: object) -> list[str]:
    if key not in known:
        return [f"there is no setting {key}{nearest(key, known)}"]
    try:
        taken(known[key], value)
    except ValueError as error:
        return [str(error)]
    return []


def _made(known: Mapping[str, Setting], values: Mapping[str, Any]) -> TrainConfig:
    parts: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        section, _, name = key.partition(".")
        parts.setdefault(section, {})[name] = taken(known[key], value)
    start = TrainConfig()
    changed = {name: replace(getattr(start, name), **part) for name, part in parts.items()}
    return replace(start, **changed)


def _contradictions(config: TrainConfig) -> list[str]:
    """What is wrong although each setting alone is right."""
    adapter, optim = config.adapter, config.optim
    towers = adapter.vision or adapter.projector
    wrong = {
        "nothing would learn: adapter.rank is 0 and adapter.soft_prompts is false": (
            adapter.rank == 0 and not adapter.soft_prompts
        ),
        "adapter.vision and adapter.projector need an adapter.rank above 0": (
            towers and adapter.rank == 0
        ),
        "data.cache_features keeps what a frozen tower sees; adapter.vision or adapter.projector "
        "lets it learn": towers and config.data.cache_features is True,
        "a run needs an end: set optim.epochs, optim.steps or optim.minutes": (
            optim.epochs is None and optim.steps is None and optim.minutes is None
        ),
    }
    return [reason for reason, is_so in wrong.items() if is_so]
