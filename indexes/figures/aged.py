"""Makes a library what the first version of this program left, to migrate it again.

For `kills` and tests. Refuses to know why.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from vladva.indexes import schema
from vladva.indexes.columns import table_schema
from vladva.indexes.health import rescue
from vladva.indexes.health.heal import manifests, place_of
from vladva.indexes.lance import connect, table_name

_LATER = ["beside", "format", "animated", "lens", "rating", "keywords", "phash", "facts_version"]
"""Columns of a table that came with the second version of `library.db`."""


def age(folder: Path, fingerprint: str, dim: int) -> None:
    """Library and the table of `fingerprint`: back to version 1."""
    with closing(sqlite3.connect(folder / rescue.NAME)) as db, db:
        if db.execute("PRAGMA user_version").fetchone()[0] == schema.SCHEMA_VERSION:
            db.execute("ALTER TABLE failures DROP COLUMN decoder")
            db.execute("DROP TABLE requests")
            db.execute("DROP TABLE request_events")
            for later in ("verdicts", "saved_searches", "marks", "machine_captions"):
                db.execute(f"DROP TABLE {later}")
            db.execute("PRAGMA user_version = 1")
    name = table_name(fingerprint)
    if manifests(place_of(folder, name)):
        table = connect(folder).open_table(name)
        held = set(table.schema.names) & set(_LATER) & set(table_schema(dim).names)
        if held:
            table.drop_columns(sorted(held))
