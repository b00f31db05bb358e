"""The folder that a run writes: an adapter at its end, and checkpoints until then.

Refuses to know what is trained.
"""

from collections.abc import Mapping
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
_FREE = {"run.eval_every", "run.save_every", "run.keep", "data.workers", "captions.machine"}
"""Settings that may change when a run goes on: they change no number."""
_OURS = {JOURNAL, "curves.png", "checkpoints", "features", "captions.jsonl", "library.jsonl"}

State = tuple[dict[str, Any], dict[str, Tensor]]
"""Facts and tensors of a checkpoint."""


class Output:
    """Raises `ConfigError` where a run cannot begin, or go on, in this folder."""

    def __init__(self, folder: Path, config: TrainConfig, *, resume: bool) -> None:
        self.folder, self._config, self._resume = folder, config, resume
        self._sources: dict[str, str] = {}
        _refuse(folder, resume=resume)

    def begin(self, sources: Mapping[str, str]) -> State | None:
        """The checkpoint to go on from, if asked for and there.

        `sources` names, by what it is, whatever the run is made of beside its settings. Raises
        `ConfigError` where settings or sources are not those of the checkpoint.
        """
        self._sources = dict(sources)
        found = resume.newest(_place(self.folder)) if self._resume else None
        if found is not None:
            self._compare(found[0])
        return found

    def save(self, learner: Learner, course: Course) -> Path:
        """A checkpoint of where the course is now."""
        facts = {
            "course": asdict(course),
            "config": as_dict(self._config),
            "sources": self._sources,
        }
        return resume.save(_place(self.folder), learner, course.done, facts, self._config.run.keep)

    def _compare(self, facts: Mapping[str, Any]) -> None:
        was, now = _flat(facts["config"]), _flat(as_dict(self._config))
        changed = [
            f"{key} was {was.get(key)} and is {now[key]}"
            for key in sorted(now)
            if key not in _FREE and was.get(key) != now[key]
        ]
        told = facts["sources"]
        changed += [
            f"the {key} is another" for key in self._sources if told.get(key) != self._sources[key]
        ]
        if changed:
            raise ConfigError(
                f"{self.folder} was begun otherwise: {', '.join(changed)}",
                "give what was given before, or name another folder with --out",
            )


def _place(folder: Path) -> Path:
    return folder / "checkpoints"


def _refuse(folder: Path, *, resume: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file", "name a folder with --out")
    if (folder / FACTS).exists():
        raise ConfigError(f"{folder} holds an adapter already", "name another folder with --out")
    inside = {file.name for file in folder.iterdir()} if folder.exists() else set()
    if inside - _OURS - {f".{name}" for name in _OURS}:
        other = min(inside - _OURS)
        raise ConfigError(
            f"{folder} holds other files, such as {other}", "name a new folder with --out"
        )
    if not resume and inside & {JOURNAL, "checkpoints"}:
        raise ConfigError(
            f"{folder} holds a run that has not ended",
            "go on with it: --resume; or name another folder with --out",
        )


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{section}.{name}": value
        for section, values in config.items()
        for name, value in values.items()
    }
