"""Asking a running `vladva ui` instead of loading a model: the note it leaves, and the request.

The note lies in the library, readable by its owner only. Whatever is wrong with it, the answer
is None and the caller works for itself. Standard library only: this is the fast way.
"""

import http.client
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from vladva.errors import VladvaError

NOTE = "ui.json"
TOKEN_HEADER = "X-Vladva-Token"  # noqa: S105 - a name
Files = Sequence[tuple[str, bytes]]
"""(name of the field, content); names may come several times."""
CONNECT_S = 0.5
ANSWER_S = 300.0
"""Long, as the page may still be loading its model."""


@dataclass(frozen=True)
class Note:
    """Where a page answers, and the word that proves that we read its library."""

    pid: int
    port: int
    token: str


def new_note(port: int) -> Note:
    """A note of this process with a fresh token."""
    return Note(os.getpid(), port, secrets.token_urlsafe(32))


def leave(folder: Path, note: Note) -> None:
    """Write the note, at once whole, for the owner's eyes only."""
    path, fresh = folder / NOTE, folder / f"{NOTE}.{os.getpid()}"
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(note), file)
    fresh.replace(path)


def take_away(folder: Path, note: Note) -> None:
    """Remove the note where it is still ours."""
    if read(folder) == note:
        (folder / NOTE).unlink(missing_ok=True)


def read(folder: Path) -> Note | None:
    """The note of a library, if there is one that makes sense."""
    try:
        found = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        return Note(int(found["pid"]), int(found["port"]), str(found["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ask(
    folder: Path, path: str, query: dict[str, Any], *, files: Files | None = None
) -> dict[str, Any] | None:
    """The page's answer, or None where no page of this library answers.

    Raises the page's own `VladvaError` where it answered that the question cannot be answered.
    """
    note = read(folder)
    if note is None:
        return None
    try:
        status, body = _request(note, f"{path}?{urlencode(query, doseq=True)}", files)
        answer = json.loads(body)
    except (OSError, http.client.HTTPException, ValueError):
        return None
    if status == http.client.OK and isinstance(answer, dict):
        return answer
    if isinstance(answer, dict) and "message" in answer and status != http.client.FORBIDDEN:
        raise VladvaError(str(answer["message"]), str(answer.get("hint", "")))
    return None


def _request(note: Note, target: str, files: Files | None) -> tuple[int, bytes]:
    link = http.client.HTTPConnection("127.0.0.1", note.port, timeout=CONNECT_S)
    try:
        link.connect()
        link.sock.settimeout(ANSWER_S)
        headers = {TOKEN_HEADER: note.token}
        body = None
        if files is not None:
            edge = secrets.token_hex(16)
            body = _multipart(files, edge)
            headers["Content-Type"] = f"multipart/form-data; boundary={edge}"
        link.request("GET" if body is None else "POST", target, body, headers)
        reply = link.getresponse()
        return reply.status, reply.read()
    finally:
        link.close()


def _multipart(files: Files, edge: str) -> bytes:
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'.encode()
        + b"Content-Type: application/octet-stream\r\n\r\n"
        + content
        + b"\r\n"
        for name, content in files
    ]
    return b"".join(parts) + f"--{edge}--\r\n".encode()
