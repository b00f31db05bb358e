"""The state of a library as the object of the JSON contract, and as text."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vladva.app.plain import printable
from vladva.app.present_models import size

if TYPE_CHECKING:
    from vladva.indexes.status import Status

Row = dict[str, Any]
SHOWN_FAILURES = 20
OFFLINE = "Offline folders keep their photos until they are back, or until `vladva forget FOLDER`."


def status_json(status: "Status") -> Row:
    """The object of `status --json`."""
    return asdict(status)


def status_table(row: Row) -> str:
    """A library in a few lines; at most `SHOWN_FAILURES` failures, the rest counted."""
    model = f"{row['model']} ({row['dim']} dimensions)" if row["model"] else "none yet"
    lines = [
        f"Library   {row['library']}",
        f"Encoder   {model}",
        f"Photos    {row['photos']:,} ({size(row['index_bytes'])})",
    ]
    if building := row["building"]:
        lines.append(
            f"Building  {building['model']}: {building['done']:,} of {building['total']:,}"
        )
    lines += ["", "Folders"] if row["roots"] else ["", "No folder yet: `vladva index FOLDER`."]
    lines += [printable(_root_line(root)) for root in row["roots"]]
    if any(root["state"] == "offline" for root in row["roots"]):
        lines.append(f"  {OFFLINE}")
    failures = row["failures"]
    if failures:
        lines += ["", f"Not indexed: {len(failures):,}"]
        lines += [
            printable(f"  {bad['path']}: {bad['reason']}") for bad in failures[:SHOWN_FAILURES]
        ]
    if len(failures) > SHOWN_FAILURES:
        lines.append(f"  … {len(failures) - SHOWN_FAILURES:,} more: `vladva status --json`.")
    return "\n".join(lines)


def _root_line(root: Row) -> str:
    return f"  {root['path']}  {root['photos']:,}  {root['state']}"
