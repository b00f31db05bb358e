"""The presets as rows of the JSON contract, and as a table of 80 columns."""

import textwrap
from typing import Any

from vladva.presets import PRESETS, Preset, is_cached

WIDTH = 80
_INDENT = "    "

Row = dict[str, Any]


def model_rows() -> list[Row]:
    """The objects of `models --json`."""
    return [_row(preset) for preset in PRESETS.values()]


def models_table(rows: list[Row]) -> str:
    """Name, parameters, size, dimensions, whether it is here already; a note below each."""
    lines = [f"{'name':<26} {'params':>8} {'size':>9} {'dim':>5}  {'here':<5} licence"]
    for row in rows:
        here = "yes" if row["cached"] else "–"
        lines.append(
            f"{row['name']:<26} {_params(row['params_b']):>8} {size(row['size_bytes']):>9} "
            f"{row['dim']:>5}  {here:<5} {row['licence']}"
        )
        if row["note"]:
            lines += [_INDENT + line for line in textwrap.wrap(row["note"], WIDTH - len(_INDENT))]
    return "\n".join(lines)


def size(count: int) -> str:
    """Bytes as a person says them."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def _params(billions: float) -> str:
    return f"{billions:.1f} B" if billions >= 1 else f"{billions * 1000:.0f} M"


def _row(preset: Preset) -> Row:
    return {
        "name": preset.name,
        "family": preset.family,
        "hub_id": preset.hub_id,
        "licence": preset.licence,
        "params_b": preset.params_b,
        "dim": preset.dim,
        "size_bytes": preset.size_bytes,
        "cached": is_cached(preset),
        "verified_by": list(preset.verified_by),
        "note": preset.note,
    }
