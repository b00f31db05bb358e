"""The tables of `library.db` and their version.

Refuses to know what the rows mean: that is `library`'s.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vladva.errors import LibraryError

SCHEMA_VERSION = 1

_TABLES = """
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (
    path TEXT PRIMARY KEY,
    state TEXT NOT NULL DEFAULT 'idle',
    photos INTEGER NOT NULL DEFAULT 0,
    dev TEXT NOT NULL DEFAULT '0',
    exclude TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;
CREATE TABLE failures (
    path TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    hint TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    since TEXT NOT NULL,
    fingerprint TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE encoders (
    fingerprint TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    dim INTEGER NOT NULL
) WITHOUT ROWID;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open `library.db`, made on demand; raises `LibraryError` where a newer program wrote it."""
    with told(path.parent):
        db = sqlite3.connect(path, timeout=10, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            _create(db)
            _check(db, path)
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """SQLite's own errors as a `LibraryError`."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LibraryError(
            f"The library's database in {folder} cannot be used: {error}.",
            "Check that the disk is writable and not full.",
        ) from error
    except sqlite3.Error as error:
        raise LibraryError(
            f"The library's database in {folder} is damaged: {error}.",
            "Delete that folder and index again: photos are the truth, none is lost.",
        ) from error


def _create(db: sqlite3.Connection) -> None:
    if _version(db):
        return
    db.execute("BEGIN IMMEDIATE")  # a second program that creates it now waits here
    with db:
        if not _version(db):
            for statement in _TABLES.split(";"):
                db.execute(statement)
            key = json.dumps(secrets.token_hex(32))
            db.execute("INSERT INTO settings VALUES ('id_key', ?)", (key,))
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _check(db: sqlite3.Connection, path: Path) -> None:
    if _version(db) > SCHEMA_VERSION:
        raise LibraryError(
            f"The library in {path.parent} was written by a newer program "
            f"(schema {_version(db)}; this one knows {SCHEMA_VERSION}).",
            "Upgrade: `pip install -U vladva`.",
        )


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
