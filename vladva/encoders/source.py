"""A model's name → its folder on this disk, fetched from the hub where it has to be.

Refuses to know families, tensors and how a model is built: needs neither torch nor transformers.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from vladva.errors import ModelError
from vladva.presets import PRESETS, Preset, packaged_folder

FILES = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model")
"""What is fetched of a repository. Pickled weights and code are not."""
_OFFLINE = (
    "connect to the internet once to fetch it, or name a model that is cached or packaged "
    "(`vladva models` lists them)"
)
T = TypeVar("T")


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
            raise ModelError(f"{path} is not valid JSON", "fetch the model again") from error
        if not isinstance(content, dict):
            raise ModelError(f"{path} holds no JSON object", "fetch the model again")
        return content

    def preprocessing(self) -> dict[str, Any]:
        """The numbers of its image processor, wherever its version keeps them."""
        found = self.read("preprocessor_config.json")
        return found or self.read("processor_config.json").get("image_processor") or {}

    @property
    def model_type(self) -> str:
        """What its config calls its architecture; "" where it says nothing."""
        return str(self.read("config.json").get("model_type", ""))


def find(name: str, known_type: Callable[[str], None]) -> Source:
    """Preset, local folder or hub id → its folder.

    `known_type` is shown the config's model type before the weights are fetched, and raises on one
    that no family has. Raises `ModelError` on a name that is nothing, a model that is not there and
    cannot be fetched.
    """
    preset = PRESETS.get(name)
    own = packaged_folder(preset) if preset is not None else None
    if own is not None:
        return _local(Source(name, own, preset), known_type)
    if preset is not None:
        return _from_hub(name, str(preset.hub_id), preset, known_type)
    if Path(name).is_dir():
        return _local(Source(Path(name).resolve().name, Path(name).resolve()), known_type)
    same = next((p for p in PRESETS.values() if p.hub_id and p.hub_id == name), None)
    if name.count("/") == 1 and not name.startswith((".", "/", "~")) and "\\" not in name:
        return _from_hub(name, name, same, known_type)
    raise ModelError(f"no model is called {name!r}", _nearest(name))


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
    if not (source.folder / "config.json").exists():
        if source.preset:
            raise not_packaged(source.name)
        raise ModelError(
            f"{source.name} has no config.json: its folder has none",
            "give a folder with a checkpoint",
        )
    known_type(source.model_type)
    return source


def _from_hub(
    name: str, hub_id: str, preset: Preset | None, known_type: Callable[[str], None]
) -> Source:
    from huggingface_hub import hf_hub_download, snapshot_download

    revision = preset.revision if preset else None
    config = _fetched(name, lambda: hf_hub_download(hub_id, "config.json", revision=revision))
    known_type(Source(name, Path(config).parent).model_type)
    folder = _fetched(
        name,
        lambda: snapshot_download(hub_id, revision=revision, allow_patterns=list(FILES)),
    )
    return Source(name, Path(folder), preset)


def _fetched(name: str, fetch: Callable[[], T]) -> T:
    """Runs a fetch; every way that it fails becomes a `ModelError` with the remedy."""
    from huggingface_hub import errors

    try:
        return fetch()
    except errors.GatedRepoError as error:
        raise ModelError(
            f"{name} is gated", "accept its licence on its hub page, then `hf auth login`"
        ) from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise ModelError(f"no repository on the hub is {name!r}", _nearest(name)) from error
    except errors.EntryNotFoundError as error:
        if isinstance(error, errors.LocalEntryNotFoundError):
            raise ModelError(
                f"{name} is not cached, and the hub is out of reach", _OFFLINE
            ) from error
        raise ModelError(
            f"{name} lacks a file: {error}", "it is no model of a known family"
        ) from error
    except OSError as error:  # no network, proxies, full disks; the hub's own errors among them
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ModelError(f"{name} cannot be fetched: {reason[:200]}", _OFFLINE) from error
