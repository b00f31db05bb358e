"""The tables of `library.db`, their version, and the steps from one version to the next.

Refuses to know what the rows mean: that is `library`'s.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from vladva.errors import LibraryError

_FIRST = """
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
_REQUESTS = """
ALTER TABLE failures ADD COLUMN decoder TEXT NOT NULL DEFAULT '';
CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    asked_by INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting'
);
CREATE TABLE request_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request INTEGER NOT NULL,
    event TEXT NOT NULL
);
"""
_VERDICTS = """
CREATE TABLE verdicts (
    model TEXT NOT NULL,
    content TEXT NOT NULL,
    question TEXT NOT NULL,
    p REAL NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (model, content, question)
) WITHOUT ROWID;
"""
_KEPT = """
CREATE TABLE saved_searches (
    folded TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    most INTEGER NOT NULL,
    sort TEXT NOT NULL,
    created TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE marks (
    query TEXT NOT NULL,
    content TEXT NOT NULL,
    mark TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (query, content)
) WITHOUT ROWID;
CREATE TABLE machine_captions (
    content TEXT PRIMARY KEY,
    caption TEXT NOT NULL,
    source TEXT NOT NULL,
    since TEXT NOT NULL
) WITHOUT ROWID;
"""
STEPS = (_FIRST, _REQUESTS, _VERDICTS, _KEPT)
"""Version n → n + 1, each in one transaction. What has been released here never changes."""
SCHEMA_VERSION = len(STEPS)


def connect(path: Path) -> sqlite3.Connection:
    """Open `library.db`, made on demand; raises `LibraryError` where a newer program wrote it.

    Of one that cannot be written a copy in memory is opened, which refuses to be written, too.
    """
    with told(path.parent):
        db = _in_memory(path) if is_fixed(path) else _open(path)
        try:
            _check(db, path)
            _migrate(db)
            if is_fixed(path):
                db.execute("PRAGMA query_only = ON")
        except BaseException:
            db.close()
            raise
    return db


def is_sound(path: Path) -> bool:
    """Whether there is a database, and SQLite finds nothing wrong with it."""
    if not path.is_file() or not path.stat().st_size:
        return False
    try:
        with closing(_in_memory(path) if is_fixed(path) else _open(path)) as db:
            found = db.execute("PRAGMA integrity_check(1)").fetchone()
            return bool(found[0] == "ok" and _version(db) > 0)
    except sqlite3.Error:
        return False


def is_fixed(path: Path) -> bool:
    """Whether a database is there that this program may not change."""
    return path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=10, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        db.close()
        raise
    return db


def _in_memory(path: Path) -> sqlite3.Connection:
    """A writer that was killed left a log beside the file; without one SQLite must not look."""
    logged = path.with_name(f"{path.name}-wal").exists()
    flags = "mode=ro" if logged else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"{path.as_uri()}?{flags}", uri=True)) as source:
        db = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            source.backup(db)
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
            "`vladva doctor --repair` saves what can be read of it.",
        ) from error


def _migrate(db: sqlite3.Connection) -> None:
    """Step by step to the version of today; killed in between, the next opening goes on."""
    while _version(db) < SCHEMA_VERSION:
        db.execute("BEGIN IMMEDIATE")  # a second program that migrates it now waits here
        with db:
            version = _version(db)
            if version >= SCHEMA_VERSION:
                return
            for statement in STEPS[version].split(";"):
                db.execute(statement)
            if version == 0:
                key = json.dumps(secrets.token_hex(32))
                db.execute("INSERT INTO settings VALUES ('id_key', ?)", (key,))
            db.execute(f"PRAGMA user_version = {version + 1}")


def _check(db: sqlite3.Connection, path: Path) -> None:
    if _version(db) > SCHEMA_VERSION:
        raise LibraryError(
            f"The library in {path.parent} was written by a newer program "
            f"(schema {_version(db)}; this one knows {SCHEMA_VERSION}).",
            "Upgrade: `pip install -U vladva`.",
        )


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
