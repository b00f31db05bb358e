"""Where models of the hub lie on this disk: the hub library's own cache, shared with its users.

Layout: https://huggingface.co/docs/huggingface_hub/guides/manage-cache. A ref of our own pins the
commit, so that what another program fetches later changes no vectors. Refuses to know networks.
"""

import json
import os
import shutil
from pathlib import Path

from vladva.hub.offer import OPEN_CLIP_WEIGHTS

PIN = "vladva"
"""The name of our ref."""
_INDEX = "model.safetensors.index.json"


def repository(hub_id: str) -> Path:
    """The folder of a repository, whether it is there or not."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{hub_id.replace('/', '--')}"


def lock_file(hub_id: str) -> Path:
    """What a process holds while it fetches this model."""
    folder = repository(hub_id)
    return folder.parent / ".locks" / folder.name / "vladva.lock"


def commit_of(hub_id: str, revision: str | None) -> str | None:
    """The commit that is used of a model here: `revision`'s, else the pinned one, else main's."""
    refs = repository(hub_id) / "refs"
    if revision is not None:
        return _ref(refs / revision) or revision
    return _ref(refs / PIN) or _ref(refs / "main")


def pinned(hub_id: str) -> str | None:
    """The commit that an earlier fetch pinned."""
    return _ref(repository(hub_id) / "refs" / PIN)


def pin(hub_id: str, commit: str) -> None:
    """From now on this commit is used, whatever main becomes."""
    ref = repository(hub_id) / "refs" / PIN
    ref.parent.mkdir(parents=True, exist_ok=True)
    new = ref.with_suffix(".new")
    new.write_text(commit, encoding="ascii")
    new.replace(ref)


def snapshot(hub_id: str, commit: str) -> Path:
    """The folder of one commit, files by their names."""
    return repository(hub_id) / "snapshots" / commit


def found(hub_id: str, revision: str | None, *, open_clip: bool = False) -> Path | None:
    """The folder of a model that is whole here, None where it is not."""
    commit = commit_of(hub_id, revision)
    if commit is None:
        return None
    folder = snapshot(hub_id, commit)
    return folder if is_whole(folder, open_clip=open_clip) else None


def is_whole(folder: Path, *, open_clip: bool = False) -> bool:
    """Whether a folder has a config and all weights that belong to it."""
    config, *weights = ("open_clip_config.json", *OPEN_CLIP_WEIGHTS)
    foreign = (folder / config).is_file() and any((folder / one).is_file() for one in weights)
    if open_clip:
        return foreign
    if not (folder / "config.json").is_file():
        return foreign
    return foreign or (folder / "model.safetensors").is_file() or _has_parts(folder)


def blob(hub_id: str, digest: str) -> Path:
    """Where the bytes of a file lie."""
    return repository(hub_id) / "blobs" / digest


def place(hub_id: str, commit: str, name: str, digest: str) -> None:
    """Give the bytes of a file their name in a commit's folder: a link, a copy where links fail."""
    source, target = blob(hub_id, digest), snapshot(hub_id, commit) / name
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)  # a link that leads nowhere
    try:
        target.symlink_to(os.path.relpath(source, target.parent))
    except OSError:
        new = target.with_name(target.name + ".new")
        shutil.copyfile(source, new)
        new.replace(target)


def _has_parts(folder: Path) -> bool:
    try:
        parts = json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values()
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return False
    return all((folder / str(part)).is_file() for part in parts)


def _ref(file: Path) -> str | None:
    try:
        return file.read_text(encoding="ascii").strip() or None
    except (OSError, ValueError):
        return None
