"""What the hub offers under a name, before any of it is fetched: commit, licence, files, sizes.

Only metadata travels here. Refuses to know what is on this disk and who is asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from vladva.errors import ModelError
from vladva.hub.failures import explained
from vladva.hub.licences import NONE

ANSWER_S = 20.0
"""Seconds that the hub gets for a first answer."""
OPEN_CLIP_CONFIG = "open_clip_config.json"
"""The config of a repository that has none of `transformers`."""
CONFIGS = ("config.json", OPEN_CLIP_CONFIG)
OPEN_CLIP_WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors")
"""In the order of that package's own preference."""
_TEXTS = ("*.json", "*.jinja", "*.txt", "*.model")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.msgpack", "*.h5")
_ADAPTER = "adapter/"
PEFT_CONFIG = "adapter_config.json"
"""Makes `transformers` attach an adapter that nobody named: it is never fetched."""
_COMMIT, _LARGE = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository. `digest`: SHA-256 where `large`, else the hash that git gives it.

    `size` in bytes.
    """

    name: str
    size: int
    digest: str
    large: bool

    @property
    def is_weights(self) -> bool:
        """Whether it holds tensors."""
        return self.name.endswith(".safetensors")


@dataclass(frozen=True)
class Offer:
    """One commit of a repository, and those of its files that a model is loaded from.

    `licence` as the hub names it, "none" where nothing is declared.
    """

    hub_id: str
    commit: str
    licence: str
    files: tuple[RemoteFile, ...]

    @property
    def size_bytes(self) -> int:
        """What lies on the disk when all of it is here."""
        return sum(file.size for file in self.files)


def look(
    hub_id: str,
    revision: str | None = None,
    *,
    open_clip: bool = False,
    timeout_s: float = ANSWER_S,
) -> Offer:
    """Ask the hub. `revision`: branch, tag or commit, None for the newest of its main branch.

    `open_clip`: take the weights of that package, where a repository has both. Raises `ModelError`
    where the hub does not answer, or what it has cannot be loaded without running foreign code.
    """
    from huggingface_hub import HfApi

    with explained(hub_id):
        info = HfApi().model_info(hub_id, revision=revision, files_metadata=True, timeout=timeout_s)
    listed = [_file(sibling) for sibling in info.siblings or ()]
    chosen = choose(hub_id, listed, open_clip=open_clip)
    _check_places(hub_id, str(info.sha), chosen)
    return Offer(hub_id, str(info.sha), _licence(info), tuple(chosen))


def choose(hub_id: str, listed: Sequence[RemoteFile], *, open_clip: bool) -> list[RemoteFile]:
    """The files that a model is loaded from: texts, then adapter, then weights, one set of them.

    Pickles and code are never among them. Raises `ModelError` where no weights remain.
    """
    ours = [file for file in listed if "/" not in file.name or file.name.startswith(_ADAPTER)]
    texts = [file for file in ours if any(fnmatch(file.name, kind) for kind in _TEXTS)]
    texts = [file for file in texts if file.name != PEFT_CONFIG]
    weights = [file for file in ours if file.is_weights]
    if not any(file.name in CONFIGS for file in texts):
        raise ModelError(
            f"{hub_id} has no config.json", "it is no model of a known family; name another"
        )
    names = {file.name for file in texts}
    mine = _weights(weights, names, open_clip=open_clip)
    if mine:
        adapter = [file for file in weights if file.name.startswith(_ADAPTER)]
        return [*texts, *adapter, *mine]
    if any(fnmatch(file.name, kind) for file in listed for kind in _PICKLES):
        raise ModelError(
            f"{hub_id} has its weights only as pickle files, which can run code and are never read",
            "name another model, or a folder with the weights converted to safetensors",
        )
    raise ModelError(
        f"{hub_id} holds no weights in safetensors that fit its config", "name another model"
    )


def _weights(files: Sequence[RemoteFile], texts: set[str], *, open_clip: bool) -> list[RemoteFile]:
    """One of the sets of weights: repositories often hold the same ones for several packages.

    A repository with a config of `transformers` is loaded by it, and never from OpenCLIP's weights.
    """
    foreign = [file for name in OPEN_CLIP_WEIGHTS for file in files if file.name == name][:1]
    single = [file for file in files if file.name == "model.safetensors"]
    parts = [file for file in files if fnmatch(file.name, "model-*-of-*.safetensors")]
    usual = parts if parts and not single else single
    theirs = OPEN_CLIP_CONFIG in texts and (open_clip or "config.json" not in texts)
    if open_clip:
        return foreign if theirs else []
    return usual or (foreign if theirs else [])


def _check_places(hub_id: str, commit: str, files: Sequence[RemoteFile]) -> None:
    """Raises where a name of the hub's could lead out of the cache's folders here."""
    odd = [file.name for file in files if not _is_plain(file.name)]
    kinds = ((file, _LARGE if file.large else _COMMIT) for file in files)
    odd += [file.digest for file, kind in kinds if not kind.fullmatch(file.digest)]
    odd += [] if _COMMIT.fullmatch(commit) else [commit]
    if odd:
        raise ModelError(
            f"the hub lists {odd[0]!r} for {hub_id}, which names no place in a cache",
            "do not use this model; look at HF_ENDPOINT, if it is set",
        )


def _is_plain(name: str) -> bool:
    """Whether a name stays in its folder on every system."""
    parts = name.split("/")
    strange = any(sign in name for sign in ("\\", ":", "\0"))
    return not strange and not any(part in ("", ".", "..") for part in parts)


def _file(sibling: Any) -> RemoteFile:
    lfs = sibling.lfs
    if lfs is not None:
        return RemoteFile(sibling.rfilename, int(lfs.size), str(lfs.sha256), large=True)
    return RemoteFile(sibling.rfilename, int(sibling.size or 0), str(sibling.blob_id), large=False)


def _licence(info: Any) -> str:
    card: Any = info.card_data
    said = getattr(card, "license", None) if card is not None else None
    own = getattr(card, "license_name", None) if card is not None else None
    if isinstance(said, list):
        said = ", ".join(map(str, said))
    if said in (None, "", "other", "unknown"):
        tags = [tag.partition(":")[2] for tag in info.tags or () if tag.startswith("license:")]
        said = own or said or next(iter(tags), None)
    return str(said or NONE)
