"""One file of the hub → a file here: goes on after a cut, and its bytes are proven before use.

The hub's own library starts a cut file from the beginning, and checks its size only. Refuses to
know caches, models and names of files.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vladva.hub.offer import RemoteFile

TRIES = 5
"""Tries in a row that bring nothing before a fetch is given up."""
PAUSE_S = 1.0
SILENT_S = 30.0
"""Seconds without a byte that count as a broken connection."""
_CHUNK = 1 << 20
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
Tick = Callable[[int], None]
"""Hears how many bytes of the file are here."""


def download(url: str, part: Path, size: int, tick: Tick) -> None:
    """Append to `part` until it has `size` bytes, from wherever it stands.

    Raises what the last try raised, once `TRIES` in a row brought nothing. An answer that is longer
    than `size` is thrown away whole: it is another file.
    """
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    vain, most = 0, 0
    while (have := _size(part)) != size:
        if have > size:
            part.unlink()
            continue
        try:
            if not _append(url, part, size, tick):
                part.unlink()
                raise httpx2.RemoteProtocolError("a longer answer than the hub lists")
            if _size(part) == have:
                raise httpx2.RemoteProtocolError("an empty answer")
        except (httpx2.TransportError, HfHubHTTPError) as error:
            vain = 0 if _size(part) > max(have, most) else vain + 1
            most = max(most, have)
            if vain >= TRIES or not _passes(error):
                raise
            time.sleep(PAUSE_S * vain)
    part.touch()
    tick(size)


def is_intact(file: Path, remote: RemoteFile) -> bool:
    """Whether the bytes of a file are those that the hub lists."""
    if not file.is_file() or file.stat().st_size != remote.size:
        return False
    digest = hashlib.sha256()
    if not remote.large:
        digest = hashlib.sha1(f"blob {remote.size}\0".encode(), usedforsecurity=False)
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == remote.digest


def _append(url: str, part: Path, size: int, tick: Tick) -> bool:
    """Whether the answer kept within `size`; what is beyond is not written."""
    from huggingface_hub import get_session, utils

    hub: Any = utils
    have = _size(part)
    headers = {**hub.build_hf_headers(), "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with get_session().stream("GET", url, headers=headers, timeout=SILENT_S) as response:
        hub.hf_raise_for_status(response)
        goes_on = response.status_code == 206
        with part.open("ab" if goes_on else "wb") as file:
            done = have if goes_on else 0
            for chunk in response.iter_raw():  # unbuffered: what came before a cut is kept
                if done + len(chunk) > size:
                    return False
                file.write(chunk)
                done += len(chunk)
                tick(done)
    return True


def _passes(error: Exception) -> bool:
    """Whether the same request may succeed a little later."""
    import httpx2

    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return status in _PASSING
    return not isinstance(error, (httpx2.ProxyError, httpx2.UnsupportedProtocol))


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
