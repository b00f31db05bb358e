"""The LanceDB table of one encoder: rows and vectors on disk.

One process writes (`Library.lock`), any number reads. Refuses to know files, models and ranking:
scores come from the resident matrix (`resident`).
"""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa

from vladva.errors import LibraryError
from vladva.indexes.catalog import FileStamp
from vladva.indexes.durable import Durable
from vladva.indexes.paths import from_text, to_text
from vladva.indexes.store import Row, Vector
from vladva.protocols import Vectors

_CACHE_BYTES = 64 << 20  # LanceDB's own defaults are 6 GiB and 1 GiB
_RETENTION = timedelta(minutes=5)  # readers hold a version for seconds
_IDS_AT_ONCE = 500
_FRAGMENTS = 64  # commits that a table may hold unmerged, and one more for every 256 rows
_WIDE = {"dev", "inode"}  # 64 bits without a sign


def table_name(fingerprint: str) -> str:
    """The name of an encoder's table, also of whatever is kept beside it."""
    return "photos-" + hashlib.blake2b(fingerprint.encode(), digest_size=8).hexdigest()


def table_exists(folder: Path, fingerprint: str) -> bool:
    """Whether a library folder holds a table of this encoder."""
    return _place(folder, table_name(fingerprint)).is_dir()


class LanceStore:
    """A `Store` in a library folder. Raises `LibraryError` where the table cannot be used."""

    def __init__(self, folder: Path, fingerprint: str, dim: int) -> None:
        """Open the table of `fingerprint`, made on demand."""
        self.dim = dim
        self.name = table_name(fingerprint)
        place = _place(folder, self.name)
        with _told(folder):
            session = lancedb.Session(_CACHE_BYTES, _CACHE_BYTES)
            database = lancedb.connect(folder / "tables", session=session)
            if place.is_dir():
                self._table = database.open_table(self.name)
            else:
                self._table = database.create_table(self.name, schema=_schema(dim))
        if self._table.schema.field("vector").type.list_size != dim:
            raise LibraryError(
                f"The table of this encoder does not hold vectors of {dim} numbers.",
                "The checkpoint has changed under its name: index into a new library.",
            )
        self._folder = folder
        parts = ("data", "_deletions", "_transactions", "_versions")
        self._durable = Durable([place / part for part in parts])
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
        with _told(self._folder):
            self._table.checkout_latest()  # type: ignore[no-untyped-call]
            return int(self._table.version)

    def facts(self) -> pa.Table:
        """Everything but the vectors, in the order of the table; paths as `to_text` wrote them."""
        return self._read(columns=[name for name in _schema(self.dim).names if name != "vector"])

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
        ids = self._known_ids()
        fresh = np.array([row.id not in ids for row in rows], dtype=bool)
        batch = self._batch(rows, vectors)
        with _told(self._folder):
            if fresh.any():
                self._table.add(batch.filter(pa.array(fresh)))
            if not fresh.all():
                merge = self._table.merge_insert("id").when_matched_update_all()
                merge.when_not_matched_insert_all().execute(batch.filter(pa.array(~fresh)))
        ids.update(row.id for row in rows)
        self.drop(drop)
        self._durable.sync()

    def drop(self, ids: Iterable[str]) -> None:
        """See `Store`."""
        known = self._known_ids()
        dropped = [id_ for id_ in ids if id_ in known]
        for where in _among(dropped):
            with _told(self._folder):
                self._table.delete(where)
        known.difference_update(dropped)
        self._durable.sync()

    def tidy(self) -> None:
        """Merge the small files of many commits into one, as soon as there are too many."""
        with _told(self._folder):
            stats: Any = self._table.stats()
            if stats["fragment_stats"]["num_fragments"] > _FRAGMENTS + stats["num_rows"] // 256:
                self._table.optimize(cleanup_older_than=_RETENTION)
        self._durable.sync()

    # ---- inside

    def _read(self, *, columns: list[str], where: str | None = None) -> pa.Table:
        with _told(self._folder):
            query = self._table.search().select(columns)
            return (query if where is None else query.where(where)).to_arrow().select(columns)

    def _known_ids(self) -> set[str]:
        if self._ids is None:
            table = self._read(columns=["id", "seq"])
            self._ids = set(table["id"].to_pylist())
            self._last = max(table["seq"].to_pylist(), default=0)
        return self._ids

    def _batch(self, rows: Sequence[Row], vectors: Vectors) -> pa.Table:
        self._last = max(self._last + 1, time.time_ns())
        schema = _schema(self.dim)
        columns: dict[str, list[Any]] = {
            field.name: [getattr(row, field.name) for row in rows] for field in fields(Row)
        }
        columns["path"] = [to_text(path) for path in columns["path"]]
        arrays = [pa.array(columns[name], schema.field(name).type) for name in columns]
        arrays.append(pa.array([self._last] * len(rows), pa.int64()))
        flat = np.ascontiguousarray(vectors, dtype=np.float32).ravel()
        arrays.append(pa.FixedSizeListArray.from_arrays(pa.array(flat), self.dim))
        return pa.table(arrays, schema=schema)


def _place(folder: Path, name: str) -> Path:
    return folder / "tables" / f"{name}.lance"


def matrix(table: pa.Table, dim: int) -> Vectors:
    """The column `vector` as float32 [n, dim]."""
    flat = table["vector"].combine_chunks()
    if isinstance(flat, pa.ChunkedArray):  # no rows, no chunk
        return np.empty((0, dim), np.float32)
    values: Vectors = flat.flatten().to_numpy(zero_copy_only=False).reshape(-1, dim)
    return values


def _schema(dim: int) -> pa.Schema:
    kinds: dict[Any, pa.DataType] = {
        str: pa.string(),
        str | None: pa.string(),
        int: pa.int64(),
        float | None: pa.float64(),
    }
    columns = [
        pa.field(field.name, pa.uint64() if field.name in _WIDE else kinds[field.type])
        for field in fields(Row)
    ]
    columns.append(pa.field("seq", pa.int64()))  # when the row was written, ns; ever growing
    columns.append(pa.field("vector", pa.list_(pa.float32(), dim)))
    return pa.schema(columns)


def _among(ids: Iterable[str]) -> Iterator[str]:
    """Filters that name some ids each; ids are hex, hence safe to quote."""
    rest = iter(ids)
    while part := list(islice(rest, _IDS_AT_ONCE)):
        yield "id IN ({})".format(", ".join(f"'{id_}'" for id_ in part))


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """LanceDB's own errors as a `LibraryError`."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise LibraryError(
            f"The table in {folder} cannot be used: {reason[0][:300]}",
            "Check that the disk is there, writable and not full.",
        ) from error
