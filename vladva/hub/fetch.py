"""An offer of the hub → its folder on this disk: room looked for, one process at a time, checked.

Says how it goes to a callable. Refuses to ask and to print: whoever calls it has seen the offer.
"""

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from vladva.errors import ModelError
from vladva.hub import cache, stream
from vladva.hub.failures import explained
from vladva.hub.offer import CONFIGS, Offer, RemoteFile

MARGIN_BYTES = 200_000_000
"""What a fetch leaves free on the disk (ours)."""
_LOOK_S = 0.5


@dataclass(frozen=True)
class Progress:
    """How far a fetch is, in bytes of the whole offer. "waiting": another process fetches it."""

    state: Literal["waiting", "fetching", "checking"]
    file: str
    done: int
    total: int


Report = Callable[[Progress], None]


def silent(_progress: Progress) -> None:
    """Nobody listens."""


def fetch(offer: Offer, report: Report = silent) -> Path:
    """Bring all of an offer here, and pin its commit → the folder.

    What is here already is checked and kept, a file that was cut goes on, a damaged one is fetched
    again once. Raises `ModelError`; `report` may raise to end it: what is here is kept.
    """
    with explained(offer.hub_id), _alone(offer, report):
        _obtain_all(offer, offer.files, report)
        cache.pin(offer.hub_id, offer.commit)
    return cache.snapshot(offer.hub_id, offer.commit)


def fetch_config(offer: Offer, report: Report = silent) -> Path:
    """Bring the config alone here, a few kB, so that the model's kind is known → the folder.

    Where it is here and intact nobody is waited for; `report` hears of it where somebody is.
    """
    folder = cache.snapshot(offer.hub_id, offer.commit)
    configs = [file for file in offer.files if file.name in CONFIGS]
    if not all(stream.is_intact(folder / file.name, file) for file in configs):
        with explained(offer.hub_id), _alone(offer, report):
            _obtain_all(offer, configs, silent)
    return folder


def missing_bytes(offer: Offer) -> int:
    """How much of an offer is not on this disk yet."""
    return sum(file.size - _here(offer, file) for file in offer.files)


@contextmanager
def _alone(offer: Offer, report: Report) -> Iterator[None]:
    """Only one process fetches a model at a time; the others wait, and then find it here."""
    from filelock import FileLock, Timeout

    file = cache.lock_file(offer.hub_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    while True:
        try:
            lock.acquire(timeout=_LOOK_S)
            break
        except Timeout:
            done = offer.size_bytes - missing_bytes(offer)
            report(Progress("waiting", "", done, offer.size_bytes))
    try:
        yield
    finally:
        lock.release()


def _obtain_all(offer: Offer, files: Collection[RemoteFile], report: Report) -> None:
    _check_room(offer, sum(file.size - _here(offer, file) for file in files))
    done, total = 0, sum(file.size for file in files)
    for file in files:
        _obtain(
            offer,
            file,
            lambda state, here, f=file, d=done: report(  # type: ignore[misc]
                Progress(state, f.name, d + here, total)
            ),
        )
        done += file.size


def _obtain(
    offer: Offer,
    file: RemoteFile,
    tell: Callable[[Literal["fetching", "checking"], int], None],
) -> None:
    """Bring one file here, proven."""
    whole, part = cache.blob(offer.hub_id, file.digest), _part(offer, file)
    whole.parent.mkdir(parents=True, exist_ok=True)
    if whole.exists():
        tell("checking", file.size)
        if stream.is_intact(whole, file):
            cache.place(offer.hub_id, offer.commit, file)
            return
        whole.unlink()
    for _ in range(2):
        stream.download(_url(offer, file), part, file.size, lambda here: tell("fetching", here))
        tell("checking", file.size)
        if stream.is_intact(part, file):
            part.replace(whole)
            cache.place(offer.hub_id, offer.commit, file)
            return
        part.unlink()
    raise ModelError(
        f"{file.name} of {offer.hub_id} arrived damaged, twice",
        "a proxy or the disk changes it on the way; try another network, or look at the disk",
    )


def _check_room(offer: Offer, wanted: int) -> None:
    """Raises `ModelError` where the disk has no room for so many bytes more."""
    folder = cache.repository(offer.hub_id)
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if wanted and wanted + MARGIN_BYTES > free:
        raise ModelError(
            f"{offer.hub_id} needs {wanted / 1e9:.1f} GB more, and {free / 1e9:.1f} GB are free "
            f"where models are kept: {folder.parent}",
            "make room, or name another folder with HF_HOME",
        )


def _here(offer: Offer, file: RemoteFile) -> int:
    """Bytes of a file that are on this disk."""
    whole = cache.blob(offer.hub_id, file.digest)
    for path in (whole, _part(offer, file)):
        if path.exists():
            return min(path.stat().st_size, file.size)
    return 0


def _part(offer: Offer, file: RemoteFile) -> Path:
    whole = cache.blob(offer.hub_id, file.digest)
    return whole.with_name(f"{whole.name}.{cache.PIN}.incomplete")


def _url(offer: Offer, file: RemoteFile) -> str:
    from huggingface_hub import constants

    return f"{constants.ENDPOINT}/{offer.hub_id}/resolve/{offer.commit}/{quote(file.name)}"
