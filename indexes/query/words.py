"""The words that the query language knows: plain English, in lower case.

Refuses to know how they are put together (`parse`, `constraints`).
"""

FORBIDDING = frozenset({"no", "without", "w/o", "neither"})
NOBODY = frozenset({"nobody", "no-one", "noone"})
ALTERNATIVES = frozenset({"or", "nor"})
"""After a forbidden thing: the next one is forbidden, too."""
STOPS = frozenset({"and", "but", "with", "while", "&", "+"})
"""Where a forbidden thing ends."""
CONNECTIVES = frozenset({"and", "but", "or", "with", "&", "+"})
"""What says nothing at the end of a description."""
LEADS: tuple[tuple[str, ...], ...] = (
    ("where", "there", "are"),
    ("where", "there", "is"),
    ("there", "are"),
    ("there", "is"),
    ("that", "has"),
    ("that", "have"),
    *((word,) for word in ("with", "and", "but", "or", "has", "have", "having", "&", "+")),
)
"""What leads to a forbidden part, and falls with it."""
DETERMINERS = frozenset({"any", "a", "an", "the", "single"})
TAILS: tuple[tuple[str, ...], ...] = tuple(
    tuple(tail.split())
    for tail in (
        "can be seen",
        "to be seen",
        "in the picture",
        "in the photo",
        "in the image",
        "at all",
        "in sight",
        "in it",
        "visible",
        "anywhere",
        "around",
        "here",
    )
)
"""What says nothing at the end of a forbidden thing."""
TIMES: tuple[tuple[str, ...], ...] = tuple(
    tuple(time.split())
    for time in (
        "at night",
        "by night",
        "in the night",
        "during the night",
        "at nighttime",
        "by day",
        "in the daytime",
        "during daytime",
        "during the day",
        "at daytime",
        "in daylight",
        "at sunset",
        "at sunrise",
        "at dusk",
        "at dawn",
        "at noon",
        "in the morning",
        "in the afternoon",
        "in the evening",
        "in summer",
        "in winter",
        "in spring",
        "in autumn",
        "in fall",
    )
)
"""A time is about the whole picture, and so never part of a forbidden thing."""
