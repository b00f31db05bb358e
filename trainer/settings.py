"""What a user asks of a training run.

Refuses to know what becomes of it.
"""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Settings:
    """What a user asks for.

    `in_use`: the adapter that the gate compares with: a folder, the one that comes packaged with
    the model where there is one, or None for the bare model.
    """

    data: Path
    out: Path
    model: str | None = None
    recipe: str | None = None
    changes: tuple[str, ...] = ()
    resume: bool = False
    device: str = "auto"
    in_use: Path | Literal["packaged"] | None = "packaged"
    stop: threading.Event = field(default_factory=threading.Event)
