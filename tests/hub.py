"""A hub on loopback: repositories in memory, served as huggingface.co serves them, and its faults.

Answers what the library and `vladva.hub` ask: `/api/models/ID/revision/REV` and
`/ID/resolve/REV/FILE` with ranges. Large files are those that hold weights.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import close_session, constants

from vladva.errors import ModelError
from vladva.hub import cache, stream
from vladva.hub.fetch import fetch
from vladva.hub.offer import look

COMMIT = "c0ffee" + "0" * 34
NAME = "someone/tiny-clip"
WEIGHTS = "model.safetensors"
BIG = os.urandom(3_000_000)
"""Weights that are large enough to be cut in the middle."""
DAMAGED = bytes([BIG[0] ^ 1]) + BIG[1:]


@dataclass
class Repository:
    """What lies under an id: files, and what the hub says of them."""

    files: dict[str, bytes]
    licence: str | None = "apache-2.0"
    licence_name: str | None = None
    gated: bool = False
    commit: str = COMMIT

    def listing(self) -> dict[str, Any]:
        """The answer to `model_info(files_metadata=True)`."""
        card = {"license": self.licence, "license_name": self.licence_name}
        card = {key: value for key, value in card.items() if value is not None}
        return {
            "id": "-", "modelId": "-", "sha": self.commit, "private": False,
            "gated": "manual" if self.gated else False, "tags": [], "downloads": 0,
            "cardData": card,
            "siblings": [sibling(name, content) for name, content in self.files.items()],
        }  # fmt: skip


@dataclass
class Hub:
    """The server's memory, and what goes wrong on purpose.

    `cut`: the file's connection ends after so many bytes of an answer, each once.
    `damage`: how many answers with the file have a wrong byte. `broken`: how many requests of a
    path with this in it get a status. `slow_s`: a pause before every answer.
    """

    repositories: dict[str, Repository] = field(default_factory=dict)
    url: str = ""
    cut: dict[str, list[int]] = field(default_factory=dict)
    damage: dict[str, int] = field(default_factory=dict)
    broken: dict[str, list[int]] = field(default_factory=dict)
    slow_s: float = 0.0
    held: threading.Event | None = None
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, hub_id: str, folder: Path, **said: Any) -> Repository:
        """Serve what is in a folder."""
        names = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        files = {str(path.relative_to(folder)): path.read_bytes() for path in names}
        self.repositories[hub_id] = Repository(files, **said)
        return self.repositories[hub_id]

    def fetched(self, file: str) -> list[str]:
        """The ranges of the requests for a file, "" for all of it."""
        return [
            span for method, path, span in self.asked if method == "GET" and path.endswith(file)
        ]

    def takes(self, faults: dict[str, list[int]], path: str) -> int | None:
        """The next fault of a path, which then is over."""
        with self.lock:
            for key, left in faults.items():
                if key in path and left:
                    return left.pop(0)
        return None


def digest(name: str, content: bytes) -> str:
    """The etag of a file."""
    if name.endswith(".safetensors"):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def sibling(name: str, content: bytes) -> dict[str, Any]:
    """One file of a listing."""
    row: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": "0" * 40}
    if name.endswith(".safetensors"):
        row["lfs"] = {"size": len(content), "sha256": digest(name, content), "pointerSize": 134}
    else:
        row["blobId"] = digest(name, content)
    return row


class Answers(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def do_HEAD(self) -> None:
        """As GET, without a body."""
        self.do_GET()

    def do_GET(self) -> None:
        """Answer, or fail as the hub's memory says."""
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((self.command, path, self.headers.get("Range", "")))
        if self.hub.slow_s:
            time.sleep(self.hub.slow_s)
        status = self.hub.takes(self.hub.broken, path)
        if status is not None:
            self._say(status, b"{}", {})
        elif path.startswith("/api/models/"):
            self._listing(path.removeprefix("/api/models/"))
        else:
            self._file(path.removeprefix("/"))

    def _listing(self, path: str) -> None:
        hub_id, _, revision = path.partition("/revision/")
        repository = self.hub.repositories.get(hub_id)
        if repository is None:
            self._refuse(401, "RepoNotFound")
        elif revision not in ("", "main", repository.commit):
            self._refuse(404, "RevisionNotFound")
        else:
            self._say(200, json.dumps(repository.listing()).encode(), {})

    def _file(self, path: str) -> None:
        hub_id, _, rest = path.partition("/resolve/")
        name = rest.partition("/")[2]
        repository = self.hub.repositories[hub_id]
        if repository.gated:
            self._refuse(403, "GatedRepo")
        elif name not in repository.files:
            self._refuse(404, "EntryNotFound")
        else:
            if self.hub.held is not None and name.endswith(".safetensors"):
                self.hub.held.wait(60)
            self._content(name, repository)

    def _content(self, name: str, repository: Repository) -> None:
        content = repository.files[name]
        tag = {"ETag": f'"{digest(name, content)}"', "X-Repo-Commit": repository.commit}
        if self.hub.damage.get(name, 0):
            self.hub.damage[name] -= 1
            content = content[:-1] + bytes([content[-1] ^ 1])
        span = self.headers.get("Range")
        if span is None:
            self._say(200, content, tag, name)
            return
        start = int(span.removeprefix("bytes=").partition("-")[0])
        tag["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._say(206, content[start:], tag, name)

    def _refuse(self, status: int, code: str) -> None:
        self._say(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def _say(self, status: int, body: bytes, headers: dict[str, str], name: str = "") -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        end = self.hub.takes(self.hub.cut, name) if name else None
        self.wfile.write(body if end is None else body[:end])
        if end is not None:
            self.wfile.flush()
            self.close_connection = True


@contextmanager
def instead(cache: Path, patch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with nothing in it in place of the real one, and an empty cache here."""
    with serving() as served:
        patch.setattr(constants, "ENDPOINT", served.url)
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        patch.setattr(stream, "PAUSE_S", 0.0)
        close_session()
        yield served
        close_session()


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub on a free port of loopback; gone when the block ends."""
    hub = Hub()
    handler = type("Of", (Answers,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with nothing in it, and an empty cache here."""
    with instead(tmp_path / "cache", monkeypatch) as served:
        yield served


@pytest.fixture
def big(there: Hub) -> Hub:
    """A repository whose weights are `BIG`."""
    there.repositories[NAME] = Repository({"config.json": b'{"model_type": "clip"}', WEIGHTS: BIG})
    return there


def refused(name: str = NAME, **options: Any) -> ModelError:
    """The error that a fetch ends in; it has a hint."""
    with pytest.raises(ModelError) as caught:
        fetch(look(name, **options))
    assert caught.value.hint
    return caught.value


def leftovers() -> list[Path]:
    """What was begun and not finished."""
    return sorted((cache.repository(NAME) / "blobs").glob("*.incomplete"))
