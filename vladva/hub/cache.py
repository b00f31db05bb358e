"""Where models of the hub lie on this disk: the hub library's own cache, shared with its users.

Layout: https://huggingface.co/docs/huggingface_hub/guides/manage-cache. A ref of our own pins the
commit, so that what another program fetches later changes no vectors. Refuses to know networks.
"""

import os
import shutil
from pathlib import Path

from vladva.checkpoint import weight_files
from vladva.hub import stream
from vladva.hub.offer import CONFIGS, OPEN_CLIP_CONFIG, OPEN_CLIP_WEIGHTS, RemoteFile

PIN = "vladva"
"""The name of our ref."""
_TOKENS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")
_PREPARING = ("preprocessor_config.json", "processor_config.json")


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
    if not is_whole(folder, open_clip=open_clip):
        return None
    # what is pinned was brought with all that its repository lists, another program may stop early
    return folder if commit == pinned(hub_id) or _has_texts(folder) else None


def is_whole(folder: Path, *, open_clip: bool = False) -> bool:
    """Whether a folder has a config and all weights that belong to it."""
    files = [folder / name for name in OPEN_CLIP_WEIGHTS] if open_clip else weight_files(folder)
    foreign = any(file.name in OPEN_CLIP_WEIGHTS for file in files)
    if not (folder / (OPEN_CLIP_CONFIG if foreign else CONFIGS[0])).is_file():
        return False
    return (any if open_clip else all)(file.is_file() for file in files)


def blob(hub_id: str, digest: str) -> Path:
    """Where the bytes of a file lie."""
    return repository(hub_id) / "blobs" / digest


def place(hub_id: str, commit: str, file: RemoteFile) -> None:
    """Give the bytes of a file their name in a commit's folder: a link, a copy where links fail.

    A copy that is there already is checked, as its bytes are what is loaded.
    """
    source, target = blob(hub_id, file.digest), snapshot(hub_id, commit) / file.name
    if target.exists() and (target.samefile(source) or stream.is_intact(target, file)):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)  # damaged, or a link that leads nowhere
    try:
        target.symlink_to(os.path.relpath(source, target.parent))
    except OSError:
        new = target.with_name(target.name + ".new")
        shutil.copyfile(source, new)
        new.replace(target)


def _has_texts(folder: Path) -> bool:
    """Whether what reads texts and pictures is there; OpenCLIP has both of its own."""
    if weight_files(folder)[0].name in OPEN_CLIP_WEIGHTS:
        return True
    return all(any((folder / one).is_file() for one in kind) for kind in (_TOKENS, _PREPARING))


def _ref(file: Path) -> str | None:
    try:
        return file.read_text(encoding="ascii").strip() or None
    except (OSError, ValueError):
        return None
