"""What a page needs to know to draw itself: the library, the encoder, the run, what to try.

Refuses to know HTTP and HTML.
"""

from pathlib import Path
from typing import Any

from vladva.app.beside import beside, is_demo, offer
from vladva.app.notices import is_drawn, photograph_notice
from vladva.app.present_models import model_rows
from vladva.app.present_status import status_json
from vladva.app.report import Report
from vladva.app.session import Session
from vladva.app.sources import source_in_use, source_of
from vladva.indexes.absence import away_since
from vladva.indexes.status import status
from vladva.indexes.switch import unfinished
from vladva.indexes.writer import holder
from vladva.presets import default_model

EXAMPLES = "examples"
"""The setting that keeps the queries which suit what is in the library."""
OFFERED = ("siglip2-base", "qwen3-vl-embedding-2b", "clip-vit-b32")
"""Models for photographs that the first run names: without a GPU, with one, and the smallest."""
FOR_DRAWN = ("a red car", "a dog on a table", "a blue boat", "a castle at night")
FOR_PHOTOGRAPHS = (
    "friends laughing together",
    "a dog running on the beach",
    "sunset over water",
    "food on a table",
)


def page_state(session: Session, report: Report) -> dict[str, Any]:
    """The object of `/api/status`: `status --json`, and what only the page asks."""
    row = status_json(status(session.library))
    since = away_since(session.library)
    for root in row["roots"]:
        root["since"] = since.get(root["path"])
    hints = {bad.path: bad.hint for bad in session.library.failures()}
    for bad in row["failures"]:
        bad["hint"] = hints.get(bad["path"], "")
    folders = [Path(root["path"]) for root in row["roots"]]
    model = row["model"] or default_model()
    return {
        **row,
        **pulse(session, report),
        "encoder": model,
        "adapter": _adapter(session),
        "unfinished": _unfinished(session, report),
        "baseline": beside(session.library),
        "switch": offer(session.library),
        "notice": photograph_notice(model, folders, page=True) if folders else "",
        "examples": _examples(session, folders),
        "models": [] if row["photos"] else _offered(),
    }


def pulse(session: Session, report: Report) -> dict[str, Any]:
    """The part of it that changes by itself; costs nothing, so it may be asked often."""
    error = session.error
    return {
        "state": session.state,
        "error": None if error is None else {"message": error.message, "hint": error.hint},
        "run": report.as_json(),
    }


def _adapter(session: Session) -> str:
    """What stands on the encoder in use: an adapter's name, `PACKAGED` or `NONE`."""
    active = session.library.active()
    used = source_of(session.library, active) if active else source_in_use(session.library)
    return used.adapter


def _unfinished(session: Session, report: Report) -> str | None:
    """The model of a change that was begun and is not on its way now."""
    left = None if report.changing else unfinished(session.library)
    if left is None:
        return None
    held = holder(session.library.folder)
    if held is not None and held.fingerprint == left.fingerprint:  # another program is at it
        return None
    return source_of(session.library, left).model


def _offered() -> list[dict[str, Any]]:
    rows = {row["name"]: row for row in model_rows()}
    shown = ("name", "licence", "size_bytes", "cached")
    return [{key: rows[name][key] for key in shown} for name in OFFERED]


def _examples(session: Session, folders: list[Path]) -> list[str]:
    kept = session.library.get(EXAMPLES)
    if kept and is_demo(session.library):
        return [str(text) for text in kept]
    drawn = bool(folders) and all(is_drawn(folder) for folder in folders)
    return list(FOR_DRAWN if drawn else FOR_PHOTOGRAPHS)
