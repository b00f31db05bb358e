"""What the doctor says: one value a finding. Refuses to know how it is found and shown."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
"""error: something is lost or will not work; warning: something may; note: good to know."""


@dataclass(frozen=True)
class Finding:
    """Something about a library or its machine."""

    what: str
    where: str
    severity: Severity
    remedy: str = ""
    repairable: bool = False
    """Whether `doctor.repair` mends it."""
