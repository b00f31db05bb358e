"""The LanceDB table of one encoder: rows and vectors on disk.

One process writes (`Library.lock`), any number reads. Refuses to know files, models and ranking:
scores come from the resident matrix (`resident`).
"""

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa

from vladva.errors import LibraryError
from vladva.indexes import literal
from vladva.indexes.catalog import FileStamp
from vladva.indexes.columns import absent_columns, as_sql, matrix, table_schema
from vladva.indexes.durable import Durable, flush_folders
from vladva.indexes.facts.metadata import FACTS_VERSION
from vladva.indexes.health.heal import heal, manifests, place_of, rebuilt
from vladva.indexes.paths import from_text, to_text
from vladva.indexes.store import Row, Vector
from vladva.protocols import Vectors

_CACHE_BYTES = 4 << 20  # defaults are 6 GiB and 1 GiB; they fill up as commits go by
_RETENTION = timedelta(minutes=5)  # readers hold a version for seconds
_FOREVER = timedelta(days=36500)
_IDS_AT_ONCE = 500
_FRAGMENTS = 64  # commits that a table may hold unmerged, and one more for every 256 rows


def table_name(fingerprint: str) -> str:
    """The name of an encoder's table, also of whatever is kept beside it."""
    return "photos-" + hashlib.blake2b(fingerprint.encode(), digest_size=8).hexdigest()


def table_exists(folder: Path, fingerprint: str) -> bool:
    """Whether a library folder holds a table of this encoder."""
    place = place_of(folder, table_name(fingerprint))
    return bool(manifests(place)) or rebuilt(place).is_dir()


class LanceStore:
    """A `Store` in a library folder. Raises `LibraryError` where the table cannot be used."""

    def __init__(self, folder: Path, fingerprint: str, dim: int) -> None:
        """Open the table of `fingerprint`, made on demand; one that a hard stop broke is healed."""
        self.dim = dim
        self.name = table_name(fingerprint)
        self._folder = folder
        place = place_of(folder, self.name)
        parts = ("data", "_deletions", "_indices", "_transactions", "_versions")
        self._durable = Durable([place / part for part in parts])
        with told(folder):
            heal(folder, place)
            database = connect(folder)
            if manifests(place):
                self._table = database.open_table(self.name)
            else:
                self._table = database.create_table(self.name, schema=table_schema(dim))
                self._durable.sync()
                flush_folders([place, place.parent, folder])
        self._missing = absent_columns(self._table.schema, dim)
        self._ids: set[str] | None = None
        self._last = 0

    # ---- reading

    def known(self) -> dict[str, FileStamp]:
        """See `Store`."""
        table = self._read(columns=list(FileStamp._fields))
        columns = [column.to_pylist() for column in table.columns]
        stamps = [FileStamp(from_text(p), *rest) for p, *rest in zip(*columns, strict=True)]
        return {stamp.path: stamp for stamp in stamps}

    def contents(self) -> dict[str, str]:
        """See `Store`."""
        table = self._read(columns=["path", "content"])
        paths = map(from_text, table["path"].to_pylist())
        return dict(zip(paths, table["content"].to_pylist(), strict=True))

    def stale(self) -> set[str]:
        """See `Store`."""
        old = "true" if "facts_version" in self._missing else f"facts_version < {FACTS_VERSION}"
        table = self._read(columns=["path"], where=old)
        return set(map(from_text, table["path"].to_pylist()))

    def rows(self, ids: Iterable[str]) -> dict[str, Row]:
        """See `Store`."""
        columns = [field.name for field in fields(Row)]
        found: dict[str, Row] = {}
        for where in _among(ids):
            for record in self._read(columns=columns, where=where).to_pylist():
                row = Row(**{**record, "path": from_text(record["path"])})
                found[row.id] = row
        return found

    def vectors(self, ids: Iterable[str]) -> dict[str, Vector]:
        """See `Store`."""
        found: dict[str, Vector] = {}
        for where in _among(ids):
            table = self._read(columns=["id", "vector"], where=where)
            found.update(zip(table["id"].to_pylist(), matrix(table, self.dim), strict=True))
        return found

    def version(self) -> int:
        """The newest version of the table; every read that follows sees at least that one."""
        with told(self._folder):
            self._table.checkout_latest()  # type: ignore[no-untyped-call]
            if self._missing:  # the writer may have added them meanwhile
                self._missing = absent_columns(self._table.schema, self.dim)
            return int(self._table.version)

    def facts(self) -> pa.Table:
        """Everything but the vectors, in the order of the table; paths as `to_text` wrote them."""
        return self._read(
            columns=[name for name in table_schema(self.dim).names if name != "vector"]
        )

    def select(self, where: str | None, texts: Sequence[str] = ()) -> pa.Array:
        """Ids (string [n], in no order) of the rows that meet a condition and hold all texts.

        `where` is SQL as `query.filters` writes it, None for every row. A text stands in the
        caption, the keywords or the path; see `literal`.
        """
        columns = [name for name in literal.COLUMNS if name not in self._missing]
        try:
            with told(self._folder):
                return literal.select(self._table, columns, where, texts)
        except LibraryError as error:
            if not self._missing:
                raise
            raise LibraryError(
                "This library was written by an older program, which read fewer facts.",
                "Run `vladva index` on its folders once, then filter again.",
            ) from error

    def written_after(self, moment: int) -> pa.Table:
        """Columns `id`, `seq` and `vector` of the rows whose `seq` is larger than `moment`."""
        return self._read(columns=["id", "seq", "vector"], where=f"seq > {moment}")

    def search(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        """See `Store`."""
        from vladva.indexes.resident import Resident

        snapshot = Resident(self, None).snapshot()
        return [(snapshot.id(at), score) for at, score in snapshot.best(vector, k)]

    # ---- writing

    def put(self, rows: Sequence[Row], vectors: Vectors, drop: Iterable[str] = ()) -> None:
        """See `Store`."""
        self._widen()
        ids = self._known_ids()
        fresh = np.array([row.id not in ids for row in rows], dtype=bool)
        batch = self._batch(rows, vectors)
        with self._writing():
            if fresh.any():
                self._table.add(batch.filter(pa.array(fresh)))
            if not fresh.all():
                merge = self._table.merge_insert("id").when_matched_update_all()
                merge.when_not_matched_insert_all().execute(batch.filter(pa.array(~fresh)))
            ids.update(row.id for row in rows)
            self._delete(drop)
            self._durable.sync()

    def drop(self, ids: Iterable[str]) -> None:
        """See `Store`."""
        with self._writing():
            self._delete(ids)
            self._durable.sync()

    def tidy(self) -> None:
        """Merge the small files of many commits into one, as soon as there are too many.

        The full-text index is made on demand, and follows.
        """
        with self._writing():
            stats: Any = self._table.stats()
            many = stats["fragment_stats"]["num_fragments"] > _FRAGMENTS + stats["num_rows"] // 256
            if stats["num_rows"] and not self._missing and not literal.sound(self._table):
                with suppress(*literal.BROKEN):  # search does without
                    literal.build(self._table)
            if many or literal.lags(self._table):
                self._table.optimize(cleanup_older_than=_FOREVER)
                self._durable.sync()  # what was merged is safe before its parts may go
                self._table.optimize(cleanup_older_than=_RETENTION)
            self._durable.sync()

    # ---- inside

    def _read(self, *, columns: list[str], where: str | None = None) -> pa.Table:
        held = [name for name in columns if name not in self._missing]
        with told(self._folder):
            query = self._table.search().select(held or ["id"])
            table = (query if where is None else query.where(where)).to_arrow()
        for name in set(columns) - set(held):  # an older program's table, as `_widen` will leave it
            value = pa.scalar(self._missing[name], table_schema(self.dim).field(name).type)
            table = table.append_column(name, pa.repeat(value, table.num_rows))
        return table.select(columns)

    def _widen(self) -> None:
        """Give the table of an older program the columns that it lacks, in one commit."""
        if self._missing:
            schema = table_schema(self.dim)
            with self._writing():
                self._table.add_columns(
                    {
                        name: as_sql(value, schema.field(name).type)
                        for name, value in self._missing.items()
                    }
                )
                self._durable.sync()
            self._missing = {}

    def _delete(self, ids: Iterable[str]) -> None:
        known = self._known_ids()
        dropped = [id_ for id_ in ids if id_ in known]
        for where in _among(dropped):
            self._table.delete(where)
        known.difference_update(dropped)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """What fails half-way is looked up again, not remembered."""
        try:
            with told(self._folder):
                yield
        except BaseException:
            self._ids = None
            raise

    def _known_ids(self) -> set[str]:
        if self._ids is None:
            table = self._read(columns=["id", "seq"])
            self._ids = set(table["id"].to_pylist())
            self._last = max(table["seq"].to_pylist(), default=0)
        return self._ids

    def _batch(self, rows: Sequence[Row], vectors: Vectors) -> pa.Table:
        self._last = max(self._last + 1, time.time_ns())
        schema = table_schema(self.dim)
        columns: dict[str, list[Any]] = {
            field.name: [getattr(row, field.name) for row in rows] for field in fields(Row)
        }
        columns["path"] = [to_text(path) for path in columns["path"]]
        arrays = [pa.array(columns[name], schema.field(name).type) for name in columns]
        arrays.append(pa.array([self._last] * len(rows), pa.int64()))
        flat = np.ascontiguousarray(vectors, dtype=np.float32).ravel()
        arrays.append(pa.FixedSizeListArray.from_arrays(pa.array(flat), self.dim))
        return pa.table(arrays, schema=schema)


def connect(folder: Path) -> lancedb.DBConnection:
    """The database of a library folder, with modest caches."""
    session = lancedb.Session(_CACHE_BYTES, _CACHE_BYTES)
    return lancedb.connect(folder / "tables", session=session)


def _among(ids: Iterable[str]) -> Iterator[str]:
    """Filters that name some ids each; ids are hex, hence safe to quote."""
    rest = iter(ids)
    while part := list(islice(rest, _IDS_AT_ONCE)):
        yield "id IN ({})".format(", ".join(f"'{id_}'" for id_ in part))


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """LanceDB's own errors as a `LibraryError`."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        raise LibraryError(
            f"The table in {folder} cannot be used: {_reason(error)}",
            "Check that the disk is writable and not full; `vladva doctor` looks closer.",
        ) from error


def _reason(error: Exception) -> str:
    """What it says, without the names and the source files of the library below."""
    said = (str(error).strip().splitlines() or [""])[0]
    said = re.sub(r"(lance error: |LanceError\(\w+\): |, \S+\.rs:\d+:\d+)", "", said)
    return said[:300] or type(error).__name__
