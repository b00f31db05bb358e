"""The columns of an encoder's table: a `Row`, when it was written, its vector.

Refuses to know how a table is read and written.
"""

from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa

from vladva.errors import LibraryError
from vladva.indexes.store import Row
from vladva.protocols import Vectors

_WIDE = {"dev", "inode"}  # 64 bits without a sign


def matrix(table: pa.Table, dim: int) -> Vectors:
    """The column `vector` as float32 [n, dim]."""
    flat = table["vector"].combine_chunks()
    if isinstance(flat, pa.ChunkedArray):  # no rows, no chunk
        return np.empty((0, dim), np.float32)
    values: Vectors = flat.flatten().to_numpy(zero_copy_only=False).reshape(-1, dim)
    return values


def table_schema(dim: int) -> pa.Schema:
    """The columns in their order, for vectors of `dim` numbers."""
    kinds: dict[Any, pa.DataType] = {
        str: pa.string(),
        str | None: pa.string(),
        int: pa.int64(),
        int | None: pa.int64(),
        float | None: pa.float64(),
    }
    columns = [
        pa.field(field.name, pa.uint64() if field.name in _WIDE else kinds[field.type])
        for field in fields(Row)
    ]
    columns.append(pa.field("seq", pa.int64()))  # when the row was written, ns; ever growing
    columns.append(pa.field("vector", pa.list_(pa.float32(), dim)))
    return pa.schema(columns)


def absent_columns(held: pa.Schema, dim: int) -> dict[str, Any]:
    """Columns that an older program did not write → what stands there until they are read.

    Raises `LibraryError` where vectors have another length, or a newer program wrote.
    """
    wanted = table_schema(dim)
    if held.field("vector").type.list_size != dim:
        raise LibraryError(
            f"The table of this encoder does not hold vectors of {dim} numbers.",
            "The checkpoint has changed under its name: index into a new library.",
        )
    if unknown := set(held.names) - set(wanted.names):
        raise LibraryError(
            f"The table was written by a newer program (columns {', '.join(sorted(unknown))}).",
            "Upgrade: `pip install -U vladva`.",
        )
    kinds = {field.name: field.type for field in fields(Row)}
    absent: dict[Any, Any] = {str: "", int: 0}
    return {name: absent.get(kinds[name]) for name in wanted.names if name not in held.names}


def as_sql(value: str | int | None, kind: pa.DataType) -> str:
    """A constant of a column's type."""
    name = {pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double"}[kind]
    return f"CAST({'NULL' if value is None else repr(value)} AS {name})"
