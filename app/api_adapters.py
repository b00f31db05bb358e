"""The routes of adapters: the list, another one in use, the way back, and what is left to do.

Refuses to know who may ask (`doors`) and how adapters are kept (`adapters`).
"""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from vladva.app.adapters import PACKAGED, Adapters, Change
from vladva.app.api_json import Json
from vladva.app.cost import cost
from vladva.app.discarding import discardable
from vladva.app.present_adapters import adapter_rows
from vladva.app.session import Session
from vladva.app.sources import source_in_use, source_of
from vladva.indexes.library import Library


class Chosen(BaseModel):
    """An adapter by its name; `packaged` with the base that it comes with."""

    name: str = Field(max_length=200)
    model: str = Field("", max_length=2000)


def add_adapters(router: APIRouter, session: Session) -> None:
    """`/adapters`, `/adapters/use`, `/adapters/rollback`, `/adapters/delete`."""

    @router.get("/adapters")
    def adapters() -> Response:
        return Json(adapters_state(session.library))

    @router.post("/adapters/use")
    def use(chosen: Chosen) -> Response:
        kept = Adapters(session.library)
        if chosen.name == PACKAGED and chosen.model:
            return _changed(kept.choose(chosen.model, PACKAGED))
        found = kept.find(chosen.name)
        return _changed(kept.choose(found.model, found.name))

    @router.post("/adapters/rollback")
    def rollback() -> Response:
        return _changed(Adapters(session.library).rollback())

    @router.post("/adapters/delete")
    def delete(chosen: Chosen) -> Response:
        Adapters(session.library).drop(discardable(session.library, chosen.name).name)
        return Json(adapters_state(session.library))

    def _changed(change: Change) -> Response:
        return Json({"change": asdict(change), **adapters_state(session.library)})


def adapters_state(library: Library) -> dict[str, Any]:
    """The object of `/api/adapters`.

    `adapters` as in `adapters --json`, with one row for what comes with each base; `back` what the
    way back would do; `left` what it takes until searches go by what is in use.
    """
    back = Adapters(library).back()
    return {
        "adapters": [*_packaged(library), *adapter_rows(library)],
        "back": back and asdict(back),
        "left": _left(library),
    }


def _packaged(library: Library) -> list[dict[str, Any]]:
    """A row for each base that the library has anything of."""
    kept, active = Adapters(library), library.active()
    searched = source_of(library, active) if active else None
    bases = [searched.model] if searched else []
    bases += [one.model for one in kept.all()]
    return [
        {
            "name": PACKAGED, "model": base, "verdict": None, "metrics": {}, "date": None,
            "in_use": kept.chosen(base) == PACKAGED,
            "searched": searched is not None and searched.uses(base, PACKAGED), "folder": None,
        }
        for base in dict.fromkeys(bases)
    ]  # fmt: skip


def _left(library: Library) -> dict[str, Any] | None:
    """Photos to embed anew, where the base that is searched has another adapter in use."""
    if library.active() is None:
        return None
    source = source_in_use(library)
    left = cost(library, source)
    if left is None:
        return None
    return {"model": source.model, "adapter": source.adapter, "photos": left.photos}
