"""The presets as rows of the JSON contract, and as a table of 80 columns."""

import textwrap
from typing import Any

from vladva.presets import PRESETS, Preset, is_cached
from vladva.unloadable import UNLOADABLE

WIDTH = 80
_INDENT = "    "
_UNSEEN = "Weights never seen by this project"
"""Begins what the notes of all models of the hub end in; the table says it once."""
_ALL_OF_THE_HUB = (
    "Weights from the hub were never seen by this project: what is checked of such a model is "
    "checked without them, and most sizes are reckoned from parameters. `--json` has it all."
)
_FIGURES = "Figures of the paper only, no model to load (`vladva eval --compare paper`):"

Row = dict[str, Any]


def model_rows() -> list[Row]:
    """The objects of `models --json`."""
    return [_row(preset) for preset in PRESETS.values()]


def models_table(rows: list[Row]) -> str:
    """Name, parameters, size, dimensions, whether it is here already; note and checks below each.

    At the foot: what is true of all, and the systems of the paper that nothing here can load.
    """
    lines = [f"{'name':<26} {'params':>8} {'size':>9} {'dim':>5}  {'here':<5} licence"]
    for row in rows:
        here = "yes" if row["cached"] else "–"
        lines.append(
            f"{row['name']:<26} {_params(row['params_b']):>8} {size(row['size_bytes']):>9} "
            f"{row['dim']:>5}  {here:<5} {row['licence']}"
        )
        lines += _wrapped(row["note"].partition(_UNSEEN)[0])
        lines += _wrapped(f"checked: {'; '.join(row['verified_by'])}")
    return "\n".join([*lines, "", *_foot()])


def _foot() -> list[str]:
    """What is true of all models of the hub; then, by reason, what stands for figures only."""
    reasons: dict[str, list[str]] = {}
    for one in UNLOADABLE.values():
        reasons.setdefault(one.reason, []).append(one.system)
    lines = [*textwrap.wrap(_ALL_OF_THE_HUB, WIDTH), "", _FIGURES]
    for reason, systems in reasons.items():
        lines += _wrapped(f"{', '.join(systems)}: {reason}")
    return lines


def _wrapped(text: str) -> list[str]:
    return [_INDENT + line for line in textwrap.wrap(text, WIDTH - len(_INDENT))]


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
