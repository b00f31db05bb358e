"""Dates as they are typed: a year, a month, a day, or a time of day.

ISO 8601 of one calendar sorts as text, and a longer one begins with the shorter: so a date of any
precision is compared as the text it is. Refuses to know what is dated.
"""

import re
from contextlib import suppress
from datetime import datetime

ACCEPTED = "2023, 2023-05, 2023-05-07 or 2023-05-07T12:30"
_DATE = re.compile(
    r"([0-9]{4})(?:[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2})(?:[T ]([0-9]{2}):([0-9]{2}))?)?)?"
)


LENGTHS = {"year": 4, "month": 7, "day": 10}
"""Characters of a date of some precision."""


def precision(text: str) -> str:
    """What of `Row.taken_at` compares with a date as the whole does: `year`, `month`, `day` or all.

    >>> precision("2023-05")
    'month'
    """
    return {length: name for name, length in LENGTHS.items()}.get(len(text), "taken_at")


def date(text: str) -> str | None:
    """ISO 8601 in the precision that was typed; None where it is no date.

    >>> date("2023/5")
    '2023-05'
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute = found.groups()
    with suppress(ValueError):
        moment = datetime(  # noqa: DTZ001 - a photo's date is local, and has no zone
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0)
        )
        length = 16 if hour else 10 if day else 7 if month else 4
        return moment.isoformat()[:length]
    return None
