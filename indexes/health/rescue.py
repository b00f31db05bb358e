"""`library.db` twice: a copy made by every writer, and a new one made of what can be read.

Refuses to know what the rows mean.
"""

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from vladva.indexes import schema
from vladva.indexes.durable import flush_folders
from vladva.indexes.health.heal import set_aside

NAME = "library.db"
COPY = "library.db.copy"
_SIDES = ("-wal", "-shm")
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_COUNT = "SELECT count(*) FROM {}"


def copy(db: sqlite3.Connection, folder: Path) -> None:
    """Keep a whole copy beside the database; where that cannot be, the one before it stays.

    For whoever holds the lock.
    """
    partial = folder / f"{COPY}.tmp"
    with suppress(OSError, sqlite3.Error):
        try:
            with closing(sqlite3.connect(partial)) as target:
                db.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")
            if schema.is_sound(partial):
                partial.replace(folder / COPY)
        finally:
            partial.unlink(missing_ok=True)


def rescue(folder: Path) -> dict[str, int]:
    """Make a new database in the place of a broken one → rows saved by table.

    What the broken one still tells is taken, and from the copy what it does not. The broken one
    is moved aside. Killed at any instant, it can be started again.
    """
    fresh = folder / f"{NAME}.rescued"
    for leftover in (fresh, *_beside(fresh)):
        leftover.unlink(missing_ok=True)
    saved: dict[str, int] = {}
    with closing(schema.connect(fresh)) as target:
        tables = [row[0] for row in target.execute(_TABLES)]
        for source in (folder / COPY, folder / NAME):
            for table in tables:
                _take(source, target, table)
        for table in tables:
            saved[table] = target.execute(_COUNT.format(table)).fetchone()[0]
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        target.execute("PRAGMA journal_mode = DELETE")
    for log in _beside(folder / NAME):  # must never be taken for the new one's
        if log.exists():
            set_aside(folder, log)
    if (folder / NAME).exists():
        twin = folder / f"{NAME}.broken"
        shutil.copyfile(folder / NAME, twin)
        set_aside(folder, twin)  # a copy, so that killed here there still is one to start from
    fresh.replace(folder / NAME)
    flush_folders([folder])
    return saved


def _take(source: Path, target: sqlite3.Connection, table: str) -> None:
    """Rows of a table up to the first that cannot be read; a whole table replaces what is there."""
    if not source.is_file() or not source.stat().st_size:
        return
    rows: list[tuple[object, ...]] = []
    names: list[str] = []
    whole = False
    with suppress(sqlite3.Error), closing(sqlite3.connect(source)) as db:
        cursor = db.execute(f"SELECT * FROM {table}")  # noqa: S608 - a name of `schema`
        names = [column[0] for column in cursor.description]
        while row := cursor.fetchone():
            rows.append(row)
        whole = True
    with target:
        if whole:
            target.execute(f"DELETE FROM {table}")  # noqa: S608
        if rows:
            marks = ",".join("?" * len(names))
            into = f"INSERT OR REPLACE INTO {table} ({','.join(names)}) VALUES ({marks})"  # noqa: S608
            target.executemany(into, rows)


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + side) for side in _SIDES]
