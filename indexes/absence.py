"""Since when a photo folder is away, as far as this program has noticed.

Refuses to know how it is found out that one is.
"""

from vladva.indexes.library import Library, now

_AWAY = "away_since"


def away_since(library: Library) -> dict[str, str]:
    """Root that is offline → when that was first seen, ISO 8601 in UTC.

    Whoever looks first is who notices: the answer is kept, and dropped once the root is back.
    """
    before: dict[str, str] = library.get(_AWAY) or {}
    away = [root.path for root in library.roots() if root.state == "offline"]
    known = {path: before.get(path) or now() for path in away}
    if known != before:
        library.set(_AWAY, known or None)
    return known
