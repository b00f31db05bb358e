"""The findings of the doctor as the object of `doctor --json`, and as text."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vladva.app.plain import printable

if TYPE_CHECKING:
    from vladva.indexes.health.finding import Finding

Row = dict[str, Any]


def doctor_json(folder: Path, done: Sequence[str], found: "Sequence[Finding]") -> Row:
    """`healthy`: whether no error is left; `repaired`: what was done just now."""
    return {
        "library": str(folder),
        "healthy": all(finding.severity != "error" for finding in found),
        "repaired": list(done),
        "findings": [asdict(finding) for finding in found],
    }


def doctor_text(row: Row) -> str:
    """A few lines: what was done, then the findings, the worst first."""
    lines = [f"Repaired  {printable(text)}" for text in row["repaired"]]
    for finding in row["findings"]:
        lines.append(f"{finding['severity']:8}  {printable(finding['what'])}")
        lines.append(f"{'':10}{printable(finding['where'])}")
        if finding["remedy"]:
            lines.append(f"{'':10}→ {printable(finding['remedy'])}")
    lines.append("The library is healthy." if row["healthy"] else "Something is wrong.")
    return "\n".join(lines)
