"""Where the time of a run went, as one table.

Refuses to know how it was measured.
"""

from collections.abc import Mapping
from typing import Any

WORDS = {
    "scan": "look at folders",
    "read": "read files",
    "decode": "decode",
    "prepare": "prepare for the encoder",
    "thumbnail": "thumbnail, facts, hash",
    "wait": "wait for pictures",
    "encode": "encode pictures",
    "texts": "encode texts",
    "joint": "encode joint queries",
    "write": "write to the library",
    "else": "everything else",
    "vision": "vision tower, projector",
    "language": "language model, text tower",
    "head": "head: logits",
}
"""Stage → what a person calls it."""
SHARES = (
    "Stages go on at once: each share is of the time that those had who did it.",
    "One near 100 % holds the rest up.",
)


def profile_table(report: Mapping[str, Any]) -> str:
    """The report of `vladva.clock`, whose stages and parts are rows."""
    lines = [f"{'stage':<28}{'seconds':>10}{'share':>8}"]
    lines += [_row(name, told) for name, told in report["stages"].items()]
    if report["encoder"]:
        lines += ["within the encoder"]
        lines += [_row(name, told) for name, told in report["encoder"].items()]
    return "\n".join([*lines, *SHARES])


def _row(name: str, told: Mapping[str, float]) -> str:
    return f"  {WORDS.get(name, name):<26}{told['seconds']:>10.2f}{told['share'] * 100:>6.0f} %"
