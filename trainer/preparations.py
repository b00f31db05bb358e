"""What is made once before the first step: captions that rows lack, features of a frozen tower.

On several processes the main one makes them and the others wait. Refuses to know the steps.
"""

from collections.abc import Generator
from pathlib import Path

import torch

from vladva.trainer.captions import generate
from vladva.trainer.config import TrainConfig
from vladva.trainer.distributed import World
from vladva.trainer.events import Event
from vladva.trainer.features import FeatureCache, build, size_of
from vladva.trainer.loader import Generated
from vladva.trainer.parts import Parts
from vladva.trainer.trainee import Trainee

CACHE_BYTES = 20 << 30
"""Features that "auto" keeps on disk at most (ours)."""


class Preparations:
    """Makes them in a folder, told as events; what is there from an earlier run is kept."""

    def __init__(
        self, folder: Path, config: TrainConfig, parts: Parts, trainee: Trainee, world: World
    ) -> None:
        self.folder, self.config, self.world = folder, config, world
        self.parts, self.trainee = parts, trainee

    def captions(self) -> Generator[Event, None, Generated]:
        """By row, where they are asked for; else none."""
        if not self.config.captions.generate:
            return {}
        if not self.world.main:
            self.world.sum(0)  # wait for the main process, which writes them
        made: dict[str, tuple[str | None, str | None]] = {}
        parts = self.parts
        for data, rows in ((parts.data, parts.rows), (parts.held_data, parts.held_rows)):
            made |= yield from generate(
                self.trainee.generator(),
                data,
                rows,
                self.trainee.prepare,
                self.folder / "captions.jsonl",
                key=self._key(),
                batch=self.trainee.batch_size,
            )
        if self.world.main:
            self.world.sum(0)
        return made

    def features(self) -> Generator[Event, None, FeatureCache | None]:
        """Features of the whole training part where they pay: each picture is seen again."""
        wanted = self.config.data.cache_features
        if wanted is False:
            return None
        parts, model, prepare = self.parts, self.trainee.model, self.trainee.prepare
        if wanted == "auto" and size_of(model, parts.data, parts.rows, prepare) > CACHE_BYTES:
            return None
        if not self.world.main:
            self.world.sum(0)  # wait for the main process, which builds it
        cache = yield from build(
            model,
            parts.data,
            parts.rows,
            prepare,
            self.folder / "features",
            key=self._key(),
            batch=self.trainee.batch_size,
            workers=self.workers(None),
        )
        if self.world.main:
            self.world.sum(0)
        return cache

    def workers(self, cache: FeatureCache | None) -> int:
        """Processes that decode."""
        wanted = self.config.data.workers
        if wanted != "auto":
            return wanted
        return 0 if cache is not None else min(4, max(1, torch.get_num_threads() - 1))

    def _key(self) -> str:
        """Names model and preprocessing: what was made with another key is made anew."""
        return f"{self.trainee.base['fingerprint']}/{self.trainee.prepare.version}"
