"""The folder that a run writes: an adapter at its end, and checkpoints until then.

Refuses to know what is trained.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from vladva.adapters import FACTS
from vladva.errors import ConfigError
from vladva.trainer import resume
from vladva.trainer.config import TrainConfig, as_dict
from vladva.trainer.course import Course
from vladva.trainer.resume import Learner

JOURNAL = "journal.jsonl"
_FREE = {"run.eval_every", "run.save_every", "run.keep", "data.workers", "optim.minutes"}
"""Settings that may change when a run goes on: they change no number."""


class Output:
    """`found`: facts and tensors of the checkpoint to go on from, if asked for and there."""

    def __init__(self, folder: Path, config: TrainConfig, *, resume: bool) -> None:
        self.folder, self._config = folder, config
        self.found = _found(folder, config) if resume else None
        if not resume:
            _refuse(folder)

    def save(self, learner: Learner, course: Course) -> Path:
        """A checkpoint of where the course is now."""
        facts = {"course": asdict(course), "config": as_dict(self._config)}
        return resume.save(_place(self.folder), learner, course.done, facts, self._config.run.keep)


def _place(folder: Path) -> Path:
    return folder / "checkpoints"


def _refuse(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file", "name a folder with --out")
    if (folder / FACTS).exists():
        raise ConfigError(f"{folder} holds an adapter already", "name another folder with --out")
    if _place(folder).exists() or (folder / JOURNAL).exists():
        raise ConfigError(
            f"{folder} holds a run that has not ended",
            "go on with it: --resume; or name another folder with --out",
        )


def _found(folder: Path, config: TrainConfig) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
    found = resume.newest(_place(folder))
    if found is None:
        return None
    was, now = _flat(found[0]["config"]), _flat(as_dict(config))
    changed = sorted(key for key in now if key not in _FREE and was.get(key) != now[key])
    if changed:
        said = ", ".join(f"{key} was {was.get(key)} and is {now[key]}" for key in changed)
        raise ConfigError(
            f"{folder} was begun with other settings: {said}",
            "give the same settings as before, or name another folder with --out",
        )
    return found


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{section}.{name}": value
        for section, values in config.items()
        for name, value in values.items()
    }
