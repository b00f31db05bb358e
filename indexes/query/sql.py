"""Text that was typed, in SQL: as constants and in LIKE patterns, never as anything else.

LanceDB's own dialect (DataFusion): a backslash means nothing in a constant, and takes away the
meaning of the wildcards in a pattern. Refuses to know what is asked.
"""

import unicodedata
from collections.abc import Sequence


def contains_any(columns: Sequence[str], text: str) -> str:
    """SQL: one of some columns holds a text, upper and lower case alike."""
    patterns = [f"%{like(form)}%" for form in forms(text)]
    tests = [f"COALESCE({any_like(f'lower({name})', patterns)}, FALSE)" for name in columns]
    return "(" + " OR ".join(tests) + ")"


def forms(text: str) -> set[str]:
    """A text in lower case as one system and as another spells it: é is one code point or two."""
    low = text.lower()
    return {low, unicodedata.normalize("NFC", low), unicodedata.normalize("NFD", low)}


def any_like(column: str, patterns: Sequence[str]) -> str:
    """SQL: an expression is like one of some patterns."""
    tests = [f"{column} LIKE {constant(pattern)}" for pattern in sorted(patterns)]
    return "(" + " OR ".join(tests) + ")"


def like(text: str) -> str:
    """A text in a LIKE pattern, where nothing in it is a wildcard."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return text


def constant(text: str) -> str:
    """A text as an SQL constant: the one place where quotes are put around it."""
    return "'" + text.replace("'", "''") + "'"
