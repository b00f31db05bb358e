"""The library on disk: its folder, its lock, and everything small in one SQLite file.

    LIBRARY.vladva   marker: only a folder that has it is ever written to
    library.db       roots, failures, encoders, settings; library.db.copy as the last writer left it
    library.lock     held by the one writer; writer.json names it
    tables/          one LanceDB table per encoder fingerprint (`lance`)
    resident/        the vectors as search maps them into memory (`resident`)
    thumbs/          thumbnails by photo id (`thumbs`)

Refuses to know vectors, photos and models: it names encoders, it never loads one.
"""

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from platformdirs import user_data_path

from vladva.errors import ConfigError, LibraryError
from vladva.indexes import schema
from vladva.indexes.health import rescue
from vladva.indexes.health.heal import has_tables
from vladva.indexes.home import home
from vladva.indexes.paths import from_text, inside, normalise, overlap, to_text
from vladva.indexes.writer import is_written, writing

State = Literal["watched", "idle", "offline"]


@dataclass(frozen=True)
class Root:
    """A photo folder of the library."""

    path: str
    state: State
    photos: int
    """As the last run with the encoder in use left it."""
    dev: int = 0
    """The device it was on when it was last seen whole, 0 before."""
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A file that could not be indexed, kept until it or what decodes it changes."""

    path: str
    reason: str
    hint: str
    size: int
    mtime_ns: int
    since: str
    """ISO 8601, UTC."""
    fingerprint: str = ""
    """The encoder that refused the picture; empty where no encoder would get it."""
    decoder: str = ""
    """What could not read it (`images.DECODER_VERSION`); empty in rows of an older program."""


@dataclass(frozen=True)
class Active:
    """An encoder and its table."""

    model: str
    fingerprint: str
    dim: int


def default_library_folder() -> Path:
    """Where the library lives unless told otherwise: the platform's user data folder."""
    return user_data_path("vladva", appauthor=False)


def now() -> str:
    """This moment as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Library:
    """An open library. Threads may share it; processes may open it side by side."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mutex = threading.RLock()
        _check_database(folder)
        self._db = schema.connect(folder / rescue.NAME)
        self._key = bytes.fromhex(str(self.get("id_key")))

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, create: bool) -> Self:
        """Open the library in `folder`, made on demand where `create`.

        Raises `LibraryError` where there is none, where the folder belongs to something else,
        and where a newer program wrote it.
        """
        return cls(home(folder, create=create))

    def close(self) -> None:
        """Let go of the files. An open library is a context manager that does so."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def photo_id(self, path: str) -> str:
        """The opaque, stable id of a path: a hash under this library's own key, 24 hex digits."""
        return hashlib.blake2b(os.fsencode(path), key=self._key, digest_size=12).hexdigest()

    # ---- settings

    def get(self, key: str) -> Any:
        """A small setting, None where it was never set."""
        rows = self._query("SELECT value FROM settings WHERE key = ?", key)
        return json.loads(rows[0][0]) if rows else None

    def set(self, key: str, value: Any) -> None:
        """Keep a small setting (anything JSON holds); None forgets it."""
        if value is None:
            self._write("DELETE FROM settings WHERE key = ?", [(key,)])
        else:
            self._write("INSERT OR REPLACE INTO settings VALUES (?, ?)", [(key, json.dumps(value))])

    # ---- roots

    def roots(self) -> list[Root]:
        """The photo folders, by path."""
        rows = self._query("SELECT path, state, photos, dev, exclude FROM roots")
        roots = [
            Root(from_text(path), state, photos, int(dev), tuple(json.loads(globs)))
            for path, state, photos, dev, globs in rows
        ]
        return sorted(roots, key=lambda root: root.path)

    def add_root(self, path: str | os.PathLike[str]) -> Root:
        """Register a photo folder, or find the root that already holds it.

        Roots never overlap: a folder inside a root belongs to that root, and a folder around
        roots takes their place (their rows are the caller's to re-home, see `roots` before and
        after). Raises `ConfigError` where library and photos would lie inside each other.
        """
        folder = normalise(path)
        if overlap(str(self.folder), folder):
            raise ConfigError(
                f"The library {self.folder} and the photo folder {folder} overlap.",
                "Keep the library elsewhere (--library), or name a folder beside it.",
            )
        for root in self.roots():
            if inside(folder, root.path) or _same(folder, root.path):
                return root
        nested = [root.path for root in self.roots() if inside(root.path, folder)]
        with self._mutex, self._db:
            self._db.executemany(
                "DELETE FROM roots WHERE path = ?", [(to_text(p),) for p in nested]
            )
            self._db.execute("INSERT INTO roots (path) VALUES (?)", (to_text(folder),))
        return Root(folder, "idle", 0)

    def drop_root(self, path: str | os.PathLike[str]) -> None:
        """Forget a photo folder and the failures below it; rows and thumbnails are not its own."""
        named = os.fspath(path)  # as it is kept, be it a link by now
        folder = named if any(root.path == named for root in self.roots()) else normalise(path)
        self._write("DELETE FROM roots WHERE path = ?", [(to_text(folder),)])
        self.forgive([failure.path for failure in self.failures() if inside(failure.path, folder)])

    def set_root(
        self,
        path: str,
        *,
        state: State | None = None,
        photos: int | None = None,
        dev: int | None = None,
        exclude: Sequence[str] | None = None,
    ) -> None:
        """Change what is known about a root; None leaves a field as it is."""
        globs = None if exclude is None else json.dumps(list(exclude))
        self._write(
            "UPDATE roots SET state = coalesce(?, state), photos = coalesce(?, photos), "
            "dev = coalesce(?, dev), exclude = coalesce(?, exclude) WHERE path = ?",
            [(state, photos, None if dev is None else str(dev), globs, to_text(path))],
        )

    # ---- failures

    def failures(self) -> list[Failure]:
        """The files that could not be indexed, by path."""
        rows = self._query(
            "SELECT path, reason, hint, size, mtime_ns, since, fingerprint, decoder FROM failures"
        )
        found = [Failure(from_text(row[0]), *row[1:]) for row in rows]
        return sorted(found, key=lambda failure: failure.path)

    def fail(self, failures: Sequence[Failure]) -> None:
        """Remember failures; a path has one at a time."""
        self._write(
            "INSERT OR REPLACE INTO failures "
            "(path, reason, hint, size, mtime_ns, since, fingerprint, decoder) "
            "VALUES (?,?,?,?,?,?,?,?)",
            [(to_text(failure.path), *astuple(failure)[1:]) for failure in failures],
        )

    def forgive(self, paths: Sequence[str]) -> None:
        """Forget the failures of these paths."""
        self._write("DELETE FROM failures WHERE path = ?", [(to_text(path),) for path in paths])

    # ---- encoders

    def encoders(self) -> list[Active]:
        """Every encoder that has a table here, by fingerprint."""
        rows = self._query("SELECT model, fingerprint, dim FROM encoders ORDER BY fingerprint")
        return [Active(*row) for row in rows]

    def active(self) -> Active | None:
        """The encoder in use: what `search` asks unless told otherwise."""
        fingerprint = self.get("active")
        return next((e for e in self.encoders() if e.fingerprint == fingerprint), None)

    def register(self, encoder: Active) -> None:
        """Note that an encoder has a table, without using it."""
        row = (encoder.fingerprint, encoder.model, encoder.dim)
        self._write(
            "INSERT OR REPLACE INTO encoders (fingerprint, model, dim) VALUES (?,?,?)", [row]
        )

    def unregister(self, fingerprint: str) -> None:
        """An encoder has no table any more."""
        self._write("DELETE FROM encoders WHERE fingerprint = ?", [(fingerprint,)])

    def activate(self, model: str, fingerprint: str, dim: int) -> None:
        """Use this encoder from now on."""
        self.register(Active(model, fingerprint, dim))
        self.set("active", fingerprint)
        self._query("PRAGMA wal_checkpoint")  # on the disk before a caller drops other tables

    # ---- the one writer

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one writer. Raises `LibraryError` naming the holder where it is taken."""
        with writing(self.folder):
            self._copy()
            try:
                yield
            finally:
                self._copy()

    def locked(self) -> bool:
        """Whether anybody writes right now."""
        return is_written(self.folder)

    # ---- SQLite

    def _copy(self) -> None:
        with self._mutex:
            rescue.copy(self._db, self.folder)

    def _query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._mutex, schema.told(self.folder):
            return self._db.execute(statement, values).fetchall()

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with self._mutex, schema.told(self.folder), self._db:
            self._db.executemany(statement, rows)


def _check_database(folder: Path) -> None:
    """A new database would give every photo of the tables another id."""
    database = folder / rescue.NAME
    if not (database.is_file() and database.stat().st_size) and has_tables(folder):
        raise LibraryError(
            f"The library in {folder} has lost its database.",
            "`vladva doctor --repair` makes one of the copy that was kept.",
        )


def _same(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False
