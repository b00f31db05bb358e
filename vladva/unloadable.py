"""Systems of the paper that no name can load: why, and what to do instead.

As data in `unloadable.json`; `system` is spelt as in the paper's tables. Refuses to know their
figures, and how other models are loaded. Importing it needs neither torch nor transformers.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from vladva.errors import ModelError

_FIGURES = "`vladva eval --compare paper` shows the paper's figures"


@dataclass(frozen=True)
class Unloadable:
    """One system. `hint` "": there is no way, beyond the paper's figures."""

    name: str
    system: str
    reason: str
    hint: str


def _read() -> dict[str, Unloadable]:
    rows = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return {row["name"]: Unloadable(**row) for row in rows}


UNLOADABLE: dict[str, Unloadable] = _read()


def check_loadable(name: str) -> None:
    """Raises `ModelError` where the name is one of these, in any case of letters.

    A folder or a repository of such a name is another matter: they are asked for with a slash.
    """
    known = UNLOADABLE.get(name.lower())
    if known is None:
        return
    hint = f"{known.hint}; {_FIGURES}" if known.hint else _FIGURES
    raise ModelError(f"{known.system} stands for the paper's figures only: {known.reason}", hint)
