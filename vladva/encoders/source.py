"""A model's name → its folder on this disk; or where on the hub it is to be had.

Never fetches: that is for who has seen what it costs (`vladva.hub`). Refuses to know families,
tensors and how a model is built: needs neither torch nor transformers.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from vladva.errors import ModelError, NotFetched
from vladva.hub import cache
from vladva.hub.offer import CONFIGS, OPEN_CLIP_CONFIG
from vladva.presets import PRESETS, Preset, packaged_folder


@dataclass(frozen=True)
class Source:
    """A checkpoint on this disk, and what is known of it by name."""

    name: str
    folder: Path
    preset: Preset | None = None

    def read(self, file: str) -> dict[str, Any]:
        """One of its JSON files; {} where it is absent. Raises `ModelError` on a broken one."""
        path = self.folder / file
        if not path.exists():
            return {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ModelError(f"{path} is not valid JSON", self.again) from error
        if not isinstance(content, dict):
            raise ModelError(f"{path} holds no JSON object", self.again)
        return content

    @property
    def again(self) -> str:
        """What to do where its files are damaged: the command, if they came from the hub."""
        remote = on_hub(self.name)
        if remote is None or not self.folder.is_relative_to(cache.repository(remote.hub_id)):
            return "fetch the model again"
        return f"fetch the model again: `vladva models --fetch {self.name}`"

    def preprocessing(self) -> dict[str, Any]:
        """The numbers of its image processor, wherever its version keeps them."""
        found = self.read("preprocessor_config.json")
        return found or self.read("processor_config.json").get("image_processor") or {}

    @property
    def model_type(self) -> str:
        """What its config calls its architecture; "" where it says nothing."""
        said = str(self.read("config.json").get("model_type", ""))
        return said or ("open_clip" if (self.folder / OPEN_CLIP_CONFIG).exists() else "")


@dataclass(frozen=True)
class Remote:
    """A model that lies on the hub, whether it is here already or not."""

    name: str
    hub_id: str
    preset: Preset | None = None

    @property
    def revision(self) -> str | None:
        """The commit that its preset names; None: none is known beforehand."""
        return self.preset.revision if self.preset else None

    @property
    def open_clip(self) -> bool:
        """Whether it is read by that package, in whose files it lies."""
        return self.preset is not None and self.preset.family == "open_clip"

    def found(self) -> Path | None:
        """Its folder on this disk, None where it is not whole here."""
        return cache.found(self.hub_id, self.revision, open_clip=self.open_clip)


def find(name: str, known_type: Callable[[str], None]) -> Source:
    """Preset, local folder or hub id → its folder.

    `known_type` is shown the config's model type, and raises on one that no family has. Raises
    `ModelError` on a name that is nothing, and `NotFetched` on a model of the hub that is not here.
    """
    remote = on_hub(name)
    if remote is not None:
        folder = remote.found()
        if folder is None:
            raise _not_fetched(remote)
        return _local(Source(name, folder, remote.preset), known_type)
    preset = PRESETS.get(name)
    own = packaged_folder(preset) if preset is not None else None
    if own is not None:
        return _local(Source(name, own, preset), known_type)
    if Path(name).is_dir():
        return _local(Source(Path(name).resolve().name, Path(name).resolve()), known_type)
    raise ModelError(f"no model is called {name!r}", _nearest(name))


def on_hub(name: str) -> Remote | None:
    """What a name means there: a preset of the hub, or a hub id; None for anything else."""
    preset = PRESETS.get(name)
    if preset is not None:
        return Remote(name, preset.hub_id, preset) if preset.hub_id else None
    if Path(name).is_dir() or name.count("/") != 1:
        return None
    if name.startswith((".", "/", "~")) or name.endswith("/") or "\\" in name:
        return None
    return Remote(name, name, next((p for p in PRESETS.values() if p.hub_id == name), None))


def not_packaged(name: str) -> ModelError:
    """What to say of a preset that comes with the package, but not with this build of it."""
    return ModelError(
        f"{name} is not packaged in this build",
        "`make mini` in a checkout trains and packages it; or install the package again",
    )


def _nearest(name: str) -> str:
    near = get_close_matches(name.lower(), PRESETS, n=1, cutoff=0.4)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return meant + "`vladva models` lists the names; a hub id or a local folder works too"


def _local(source: Source, known_type: Callable[[str], None]) -> Source:
    if not any((source.folder / name).exists() for name in CONFIGS):
        if source.preset:
            raise not_packaged(source.name)
        raise ModelError(
            f"{source.name} has no config.json: its folder has none",
            "give a folder with a checkpoint",
        )
    known_type(source.model_type)
    return source


def _not_fetched(remote: Remote) -> NotFetched:
    known = remote.preset
    cost = f" (about {known.size_bytes / 1e9:.1f} GB, licence {known.licence})" if known else ""
    return NotFetched(
        f"{remote.name} is not cached on this disk",
        f"`vladva models --fetch {remote.name}` fetches it over the internet{cost}; "
        "`vladva models` lists what is here",
    )
