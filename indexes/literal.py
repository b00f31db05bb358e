"""Texts that must be written in a caption, keywords or path: the full-text index of a table.

A literal text is a phrase: its words in this order, whole, upper and lower case alike. One index a
column; rows that it does not hold yet are looked through by LanceDB itself. Where there is no index
(an older program's table, or a broken file) every row is looked through instead, and accents then
count. Refuses to know when a table is written.
"""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
from lancedb.index import FTS
from lancedb.query import BooleanQuery, FullTextQuery, Occur, PhraseQuery

from vladva.indexes.query.sql import constant, contains_any, forms

COLUMNS = ("caption", "keywords", "path")
BROKEN = (OSError, RuntimeError, ValueError)
"""What LanceDB raises where a file cannot be read."""
_LAG = 1024  # rows that an index may lack before it is brought up to date, and half of what it has
_LONGEST_WORD = 255  # a file name is a word at most
_EVERY = 2**31 - 1  # LanceDB's full-text search wants a limit
_BETWEEN = r"[^\p{L}\p{N}\p{M}]"


def select(table: Any, columns: Sequence[str], where: str | None, texts: Sequence[str]) -> pa.Array:
    """Ids (string) of rows that meet an SQL condition and hold all texts, each in one of `columns`.

    `where` None: no condition; no texts: no text is asked for. In no order.
    """
    worded = [text for text in texts if any(map(str.isalnum, text))]
    marks = [contains_any(columns, text) for text in texts if text not in worded]
    where = _all(where, marks)
    if not worded:
        return _ids(table.search(), where)
    if indexed(table) >= set(columns):
        with suppress(*BROKEN):
            return _ids(table.search(_phrases(columns, worded)), where)
    return _ids(table.search(), _all(where, [_scanned(columns, text) for text in worded]))


def indexed(table: Any) -> set[str]:
    """The columns that have an index."""
    return {column for index in table.list_indices() for column in index.columns}


def lags(table: Any) -> bool:
    """Whether so many rows came since an index was made that it should be brought up to date."""
    return any(
        index.num_unindexed_rows > _LAG + index.num_indexed_rows // 2
        for index in table.list_indices()
    )


def sound(table: Any) -> bool:
    """Whether all indexes are there and can be read."""
    if not indexed(table) >= set(COLUMNS):
        return False
    try:
        table.search(_phrases(COLUMNS, ["a"])).select(["id", "_score"]).limit(1).to_arrow()
    except BROKEN:
        return False
    return True


def build(table: Any) -> None:
    """Make all indexes anew. Their files are not flushed."""
    for column in COLUMNS:
        config = FTS(
            with_position=True,
            base_tokenizer="icu/split",  # of IMG_1234 both halves are words
            max_token_length=_LONGEST_WORD,
            stem=False,
            remove_stop_words=False,
        )
        table.create_index(column, config=config, replace=True)


def _ids(query: Any, where: str | None) -> pa.Array:
    full_text = hasattr(query, "phrase_query")
    query = query.select(["id", "_score"] if full_text else ["id"])
    if where is not None:
        query = query.where(where, prefilter=True) if full_text else query.where(where)
    if full_text:
        query = query.limit(_EVERY)
    return pa.concat_arrays([pa.array([], pa.string()), *query.to_arrow()["id"].chunks])


def _phrases(columns: Sequence[str], texts: Sequence[str]) -> FullTextQuery:
    each = [
        BooleanQuery([(Occur.SHOULD, _phrase(text, column)) for column in columns])
        for text in texts
    ]
    return each[0] if len(each) == 1 else BooleanQuery([(Occur.MUST, one) for one in each])


def _phrase(text: str, column: str) -> FullTextQuery:
    return PhraseQuery(query=text, column=column, slop=0, document_granularity=None)


def _scanned(columns: Sequence[str], text: str) -> str:
    """The same without an index, as SQL."""
    patterns = sorted({_pattern(form) for form in forms(text)})
    return "({})".format(
        " OR ".join(
            f"COALESCE(regexp_like(lower({column}), {constant(pattern)}), FALSE)"
            for column in columns
            for pattern in patterns
        )
    )


def _pattern(text: str) -> str:
    """A regular expression of letters and figures, and of what stands between words.

    Scripts without upper case, as a rule, put no spaces between words.
    """
    words = re.findall(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*", text)
    begin = "" if unicodedata.category(words[0][0]) == "Lo" else f"(^|{_BETWEEN})"
    end = "" if unicodedata.category(words[-1][-1]) == "Lo" else f"({_BETWEEN}|$)"
    return begin + f"{_BETWEEN}+".join(words) + end


def _all(where: str | None, more: Sequence[str]) -> str | None:
    return " AND ".join([f"({where})"] * (where is not None) + [*more]) or None
