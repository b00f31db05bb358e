"""Every vector of a table in memory, ready to be scored: what makes search instant and exact.

A snapshot never changes. The next one takes over the vectors it shares with the last and reads
only what was written since, so a search process follows an indexing one at little cost. Large
tables keep their vectors in a file beside the table, mapped into memory; the file is a cache,
replaced as a whole, and ignored when it is damaged. Refuses to know queries as words or pictures.
"""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vladva.indexes.snapshot import Snapshot

if TYPE_CHECKING:
    from vladva.protocols import Vectors

_FILE_FROM = 4096  # rows that are worth a file
_BYTES_AT_ONCE = 128 << 20  # few large blocks: each product of one waits for all cores
_TAIL_BLOCKS = 32
_PAUSE_S = 1.0  # between two looks at a table that keeps changing


class Table(Protocol):
    """What is asked of a table, see `lance.LanceStore`."""

    name: str
    dim: int

    def version(self) -> int:
        """The newest version; every read that follows sees at least that one."""
        ...

    def facts(self) -> pa.Table:
        """Every row, every column but the vector."""
        ...

    def written_after(self, moment: int) -> pa.Table:
        """`id`, `seq`, `vector` of the rows whose `seq` is larger."""
        ...


class Resident:
    """The newest snapshot of a table. Threads may share it."""

    def __init__(self, table: Table, folder: Path | None) -> None:
        """`folder`: where the file of a large table may lie, None for no file."""
        self._table = table
        self._folder = folder
        self._mutex = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._looked = 0.0
        self._blocks: list[Vectors] = [np.empty((0, table.dim), np.float32)]
        self._keys: pa.Array = pa.array([], pa.string())  # one a vector of the blocks
        self._seen = 0  # largest `seq` among the blocks
        self._filed = 0  # how many vectors the file holds,
        self._mapped = 0  # and in how many blocks
        self._load()

    def snapshot(self) -> Snapshot:
        """The table as it is now, or was a second ago where it changes all the time."""
        with self._mutex:
            now = time.monotonic()
            if self._snapshot is not None and now - self._looked < _PAUSE_S:
                return self._snapshot
            version = self._table.version()
            if self._snapshot is None or version != self._snapshot.version:
                self._snapshot = self._refreshed(version)
                self._looked = time.monotonic()
            return self._snapshot

    def _refreshed(self, version: int) -> Snapshot:
        facts = self._table.facts().combine_chunks()
        keys = keys_of(facts)
        slots = pc.index_in(keys, value_set=self._keys)
        if slots.null_count:
            self._take_in(self._table.written_after(self._seen))
            slots = pc.index_in(keys, value_set=self._keys)
        if slots.null_count:  # an older version came back: nothing here can be trusted
            self._start_over()
            self._take_in(self._table.written_after(0))
            slots = pc.index_in(keys, value_set=self._keys)
        snapshot = self._of(version, facts, slots)
        held = len(self._keys)
        if held > 2 * len(snapshot) + _FILE_FROM:  # mostly vectors of rows that are no more
            self._blocks, self._keys = [snapshot.vectors(np.arange(len(snapshot)))], keys
            self._filed, self._mapped = 0, 0
            snapshot = self._of(version, facts, pc.index_in(keys, value_set=keys))
        if len(snapshot) >= _FILE_FROM and held - self._filed > held // 4:
            return self._filed_away(snapshot, keys)
        return snapshot

    def _of(self, version: int, facts: pa.Table, slots: pa.Array) -> Snapshot:
        places = slots.to_numpy(zero_copy_only=False).astype(np.int64)
        return Snapshot(version, facts, tuple(self._blocks), places)

    def _take_in(self, rows: pa.Table) -> None:
        for batch in rows.to_batches():
            flat = batch["vector"].flatten().to_numpy(zero_copy_only=False)
            self._blocks.append(flat.reshape(-1, self._table.dim))
        if len(self._blocks) - self._mapped > _TAIL_BLOCKS:
            tail = np.concatenate(self._blocks[self._mapped :])
            self._blocks = [*self._blocks[: self._mapped], tail]
        self._keys = pa.concat_arrays([self._keys, keys_of(rows)])
        self._seen = max(self._seen, pc.max(rows["seq"]).as_py() or 0)

    def _start_over(self) -> None:
        self._blocks = [np.empty((0, self._table.dim), np.float32)]
        self._keys = pa.array([], pa.string())
        self._seen = self._filed = self._mapped = 0

    # ---- the file

    def _filed_away(self, snapshot: Snapshot, keys: pa.Array) -> Snapshot:
        """Write what the snapshot holds, and go on with the mapped file instead of the copy."""
        if self._folder is None:
            return snapshot
        target = self._folder / f"{self._table.name}.{snapshot.version}.arrow"
        partial = target.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(partial, snapshot, keys, self._seen)
            partial.replace(target)
        except OSError:  # read-only or full: the copy in memory serves as well
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            return snapshot
        for old in set(self._files()) - {target}:
            with suppress(OSError):  # Windows: mapped by another process, deleted later
                old.unlink()
        self._start_over()
        self._load()
        slots = pc.index_in(keys, value_set=self._keys)
        if slots.null_count:
            return snapshot
        return self._of(snapshot.version, snapshot.facts, slots)

    def _files(self) -> list[Path]:
        return [] if self._folder is None else resident_files(self._folder, self._table.name)

    def _load(self) -> None:
        """Map the newest file that can be read."""
        for file in reversed(self._files()):
            with suppress(OSError, pa.ArrowException, KeyError, ValueError):
                table = read_file(file)
                if table["vector"].type.list_size != self._table.dim:
                    continue
                seen = int(table.schema.metadata[b"seen"])
                self._mapped = len(self._blocks) + len(table["vector"].chunks)
                self._take_in(table)
                self._seen, self._filed = seen, len(self._keys)
                return


def resident_files(folder: Path, name: str) -> list[Path]:
    """The files of a table, the newest last."""
    return sorted(folder.glob(f"{name}.*.arrow"), key=lambda file: int(file.suffixes[-2][1:]))


def read_file(file: Path) -> pa.Table:
    """Columns `id`, `seq`, `vector`, mapped; raises what Arrow raises where the file is cut."""
    return pa.ipc.open_file(pa.memory_map(str(file))).read_all()


def keys_of(rows: pa.Table) -> pa.Array:
    """What names a vector: the photo and when its row was written."""
    moments = pc.cast(rows["seq"], pa.string())
    joined = pc.binary_join_element_wise(rows["id"], moments, "/")
    return joined.combine_chunks() if joined.num_chunks != 1 else joined.chunk(0)


def _write(path: Path, snapshot: Snapshot, keys: pa.Array, seen: int) -> None:
    kind = pa.list_(pa.float32(), snapshot.vectors(np.zeros(0, np.int64)).shape[1])
    schema = pa.schema(
        [("id", pa.string()), ("seq", pa.int64()), ("vector", kind)], {"seen": str(seen)}
    )
    facts = snapshot.facts.select(["id", "seq"]).combine_chunks()
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        step = max(1, _BYTES_AT_ONCE // (4 * kind.list_size))
        for start in range(0, len(keys), step):
            part = facts.slice(start, step)
            rows = np.arange(start, start + part.num_rows)
            flat = pa.array(snapshot.vectors(rows).ravel())
            vectors = pa.FixedSizeListArray.from_arrays(flat, type=kind)
            columns = [part["id"].combine_chunks(), part["seq"].combine_chunks(), vectors]
            writer.write_batch(pa.record_batch(columns, schema=schema))
    with path.open("rb+") as file:
        os.fsync(file.fileno())
