"""The routes that fetch a model: what it costs, asked of the hub; then the fetch, and its end.

Nothing is asked of the hub before a person does. Refuses to know who may ask (`doors`) and how
bytes travel.
"""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from vladva.app.api_json import Json
from vladva.app.download import Download
from vladva.app.fetching import Cost, cost_of
from vladva.encoders.source import on_hub
from vladva.errors import ConfigError, LibraryError


class Named(BaseModel):
    """A preset or a hub id."""

    model: str = Field(min_length=1, max_length=4_096)


class Wanted(Named):
    """`licence` and `revision`: what was agreed to, as it was shown."""

    licence: str = Field("", max_length=1_000)
    revision: str = Field(min_length=1, max_length=100)


def add_fetch(router: APIRouter, download: Download) -> None:
    """`/fetch/cost` and `/fetch`."""

    @router.get("/fetch")
    def told() -> Response:
        return Json({"download": download.as_json()})

    @router.post("/fetch/cost")
    def cost(named: Named) -> Response:
        return Json(_shown(_cost(named.model)))

    @router.post("/fetch")
    def fetch(wanted: Wanted) -> Response:
        cost = _cost(wanted.model)
        if wanted.revision != cost.offer.commit:
            raise LibraryError(
                f"{cost.name} was changed on the hub meanwhile.", "Look again at what it is now."
            )
        download.start(cost, wanted.licence)
        return Json({"download": download.as_json()}, 202)

    @router.delete("/fetch")
    def stop() -> Response:
        download.stop()
        return Json({"download": download.as_json()})


def _cost(model: str) -> Cost:
    remote = on_hub(model.strip())
    if remote is None:
        raise ConfigError(
            f"{model.strip()} is no model of the hub.",
            "`vladva models` lists names; OWNER/NAME names any other one.",
        )
    return cost_of(remote)


def _shown(cost: Cost) -> dict[str, Any]:
    from huggingface_hub import constants

    return {
        "model": cost.name,
        "hub_id": cost.offer.hub_id,
        "url": f"{constants.ENDPOINT}/{cost.offer.hub_id}",
        "revision": cost.offer.commit,
        "licence": cost.licence,
        "restricted": cost.restricted,
        "size_bytes": cost.offer.size_bytes,
        "missing_bytes": cost.missing_bytes,
    }
