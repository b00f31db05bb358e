"""What was measured of a model's scores and answers, into the file that lies beside its weights.

Refuses to know what is measured.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write(file: Path, fingerprint: str, parts: Mapping[str, Any], command: str) -> None:
    """Set some parts of a `search.json`; what another encoder left there is dropped."""
    told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    kept = told if told.get("fingerprint") == fingerprint else {}
    by = {**kept.get("made_by", {}), **dict.fromkeys(parts, command)}
    made = {**kept, "fingerprint": fingerprint, **parts, "made_by": by}
    partial = file.with_suffix(".tmp")
    partial.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(file)
