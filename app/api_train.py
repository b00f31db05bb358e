"""The routes of training: what can be learned from, a run's start, its state, its end.

Refuses to know who may ask (`doors`) and how a run works (`runs`).
"""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from vladva.app.api_json import Json
from vladva.app.runs import Runs
from vladva.app.session import Session
from vladva.app.train_choices import choices
from vladva.app.train_wish import TrainWish
from vladva.errors import ConfigError


class Wanted(BaseModel):
    """A run: its adapter's name, what it learns from, and how."""

    name: str = Field(max_length=200)
    source: Literal["library", "path"] = "library"
    path: str = Field("", max_length=4000)
    recipe: str = Field("", max_length=200)
    changes: list[str] = Field(default_factory=list, max_length=100)

    def wish(self) -> TrainWish:
        """The same as a value. Raises `ConfigError` for a text that no command can hold."""
        if any("\0" in text for text in (self.name, self.path, self.recipe, *self.changes)):
            raise ConfigError("A NUL character is no part of a setting.", "Type the text anew.")
        data = None if self.source == "library" else self.path.strip().strip("\"'")
        changes = tuple(change.strip() for change in self.changes if change.strip())
        return TrainWish(self.name.strip(), data, self.recipe.strip() or None, changes)


def add_training(router: APIRouter, session: Session, runs: Runs) -> None:
    """`/train`, `/train/choices`, `/train/resume`."""

    @router.get("/train")
    def state() -> Response:
        return Json(runs.as_json())

    @router.get("/train/choices")
    def offered() -> Response:
        return Json(choices(session.library))

    @router.post("/train")
    def start(wanted: Wanted) -> Response:
        runs.start(wanted.wish())
        return Json(runs.as_json(), 202)

    @router.post("/train/resume")
    def resume() -> Response:
        runs.resume()
        return Json(runs.as_json(), 202)

    @router.delete("/train")
    def stop() -> Response:
        runs.stop()
        return Json(runs.as_json())
