"""Stage 3 of mini: the method. Soft prompts and LoRA turn the base into a dual encoder.

    python -m vladva.trainer.lab.joint runs/mini
    python -m vladva.trainer.lab.joint runs/mini --out runs/mini/e5v --no-pictures

The base stays frozen, so that with the adapter off it speaks as before. Leaves the adapter in
`base/adapter/`, where `load_encoder` looks for it, or in `adapter/` of the folder that `--out`
names. The second command makes E5-V-mini: the same steps on nothing but texts. Goes on where it
was stopped.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vladva.adapters import Adapter, create, save
from vladva.encoders import load_encoder
from vladva.encoders.lvlm import LvlmEncoder
from vladva.losses import LOG_SCALE_START
from vladva.model import VladVA
from vladva.trainer.config import OptimConfig
from vladva.trainer.lab.course import Course
from vladva.trainer.lab.edits import Targets
from vladva.trainer.lab.features import Seen, look
from vladva.trainer.lab.fitting import fitting
from vladva.trainer.lab.lessons import PROMPT_PAIR
from vladva.trainer.lab.recipe import Recipe, add_options, recipe_of
from vladva.trainer.lab.rows import Row, Rows, loader
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.score import score
from vladva.trainer.lab.stretches import stretches
from vladva.trainer.lab.sweep import SHARE, best_rate, rates
from vladva.trainer.lab.worlds import suffix, together
from vladva.trainer.optim import optimiser
from vladva.trainer.step import Batch, Losses, backward


class Stage:
    """One base, what is seen of its pictures, and how its progress is measured.

    `scored`: scenes of a measurement (0: never), made after every `every` scenes and at the end.
    """

    def __init__(
        self, folder: Path, workers: int = 1, scored: int = 300, every: int = 20_000
    ) -> None:
        self.folder, self.workers, self.scored, self.every = folder, workers, scored, every

    def train(self, recipe: Recipe, out: Path, adapter: Path) -> dict[str, float]:
        """Train on `recipe.scenes` pictures; `out` holds state and journal. Gives the scores."""
        torch.set_flush_denormal(True)  # sharp attention makes numbers on which a CPU crawls
        encoder = load(self.folder / "base")
        size = encoder.model.backbone.base.config.vision_config.image_size
        world, features = recipe.world, self.folder / "features"
        drawn, targets = Drawn(self.folder, size, world), Targets(self.folder, size, world)
        edits = recipe.wants(len(targets)).edits
        shown = len(drawn) if recipe.pictures else 0
        seen = look(encoder, drawn, shown, features / f"scenes{suffix(world)}")
        after = look(encoder, targets, edits, features / f"edits{suffix(world)}")
        torch.manual_seed(recipe.seed)
        learned, log_scale, course = self._learner(encoder, recipe, f"{len(drawn)} {edits}", out)
        metrics: dict[str, float] = {}
        numbers = list(course.order(len(drawn), recipe.batch, recipe.seed, together(world)))
        for now, part in stretches(recipe, numbers, course.seen):
            rows = Rows(len(drawn), now.wants(len(targets)))
            for told in loader(rows, part, self.workers):
                batch = batch_of(encoder.model, told, seen, after, now)
                losses = backward(encoder.model, batch, log_scale, now.losses)
                course.step(None, len(told), **values(losses, log_scale))
                if course.due(self.every):
                    metrics = self._tell(encoder, learned, recipe, course, adapter)
        if not numbers:  # it was done before
            metrics = self._tell(encoder, learned, recipe, course, adapter)
        return metrics

    def _learner(
        self, encoder: LvlmEncoder, recipe: Recipe, data: str, out: Path
    ) -> tuple[Adapter, nn.Parameter, Course]:
        model = encoder.model
        adapter = create(model, recipe.shape)
        log_scale = nn.Parameter(torch.tensor(LOG_SCALE_START, device=model.device))
        config = OptimConfig(lr=recipe.rate, weight_decay=0.0)
        course = Course(
            out,
            "joint",
            {**adapter.weights(), "log_scale": log_scale},
            [optimiser(adapter, log_scale, config)],
            recipe.scenes,
            of=f"{encoder.base['fingerprint']} {recipe.settings()} {data}",
        )
        return adapter, log_scale, course

    def _tell(
        self, encoder: LvlmEncoder, learned: Adapter, recipe: Recipe, course: Course, place: Path
    ) -> dict[str, float]:
        """Measure, and leave the adapter as it is now."""
        metrics = score(encoder, self.scored) if self.scored else {}
        course.journal.say("scored", seen=course.seen, **metrics)
        facts = {
            "base": encoder.base,
            "prompts": asdict(encoder.model.prompts),
            "preprocessing": encoder.prepare.version,
            "metrics": {"during training": metrics},
            "training": {"recipe": asdict(recipe), "seen": course.seen},
        }
        save(learned, place, facts)
        return metrics


def load(base: Path) -> LvlmEncoder:
    """The bare base, in full precision, with mini's prompts."""
    encoder = load_encoder(str(base), adapter=None, dtype="float32")
    assert isinstance(encoder, LvlmEncoder)
    encoder.model.prompts = PROMPT_PAIR
    return encoder


def batch_of(model: VladVA, rows: Sequence[Row], seen: Seen, after: Seen, recipe: Recipe) -> Batch:
    """The rows as a step takes them; without pictures only their paraphrases."""
    pairs = [pair for row in rows for pair in row.pairs]
    if not recipe.pictures:
        return Batch([], [], [], paraphrases=pairs)
    edited = [(at, row.edit) for at, row in enumerate(rows) if row.edit is not None]
    spoken = [row.long if recipe.spoken == "long" else row.short for row in rows]
    limit = recipe.long_tokens  # whoever is cut must not learn to stop there
    return Batch(
        pictures=seen.take([row.index for row in rows]),
        images=[str(row.index) for row in rows],
        short=[row.long if recipe.contrast == "long" else row.short for row in rows],
        long=[ids[:limit] for ids in model.caption_ids(spoken)] if recipe.autoregressive else [],
        negatives=[row.negatives for row in rows],
        paraphrases=pairs,
        twins=[(at, *pair) for at, row in enumerate(rows) for pair in row.twins],
        edits=edited,
        targets=after.take([rows[at].index for at, _ in edited]) if edited else [],
        fits=fitting(rows, recipe.world, long=recipe.contrast == "long"),
        target_images=[f"after {rows[at].index}" for at, _ in edited],
    )


def values(losses: Losses, log_scale: nn.Parameter) -> dict[str, Any]:
    """What the journal is told of a step."""
    return {
        "contrastive": losses.contrastive,
        "autoregressive": losses.autoregressive,
        **losses.others,
        "scale": log_scale.exp(),
    }


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="state, journal and adapter; default FOLDER")
    parser.add_argument("--sweep", type=rates, default=[], help="rates to try first: 1e-3,2e-3")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--scored", type=int, default=300)
    parser.add_argument("--every", type=int, default=20_000)
    add_options(parser)
    options = parser.parse_args()
    stage = Stage(options.folder, options.workers, options.scored, options.every)
    out = options.out or options.folder
    recipe = recipe_of(options)
    if options.sweep:
        short = replace(recipe, scenes=int(recipe.scenes * SHARE))
        rate = best_rate(
            out,
            options.sweep,
            lambda rate, there: stage.train(replace(short, rate=rate), there, there / "adapter"),
        )
        recipe = replace(recipe, rate=rate)
    stage.train(recipe, out, (options.out or options.folder / "base") / "adapter")


if __name__ == "__main__":
    main()
