"""The two-tower baseline: clip-mini, and with false texts NegCLIP-mini.

    python -m vladva.trainer.lab.clip runs/mini --sweep 1e-4,3e-4,1e-3,3e-3
    python -m vladva.trainer.lab.clip runs/mini --out runs/mini/negclip --rate 3e-4 --negatives 2 \
        --negatives-from 661504

An ordinary CLIP of mini's size: the same pretrained vision tower to start from, a text tower as
large as mini's language model, the same tokens and the same short captions. Both towers learn.
Leaves a checkpoint that `load_encoder` reads in `model/` of FOLDER/clip, or of what `--out` names.
Goes on where it was stopped, NegCLIP-mini also where clip-mini was. Ours.
"""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers.processors import TemplateProcessing
from torch import Tensor
from transformers import CLIPConfig, CLIPModel, PreTrainedTokenizerFast

from vladva.encoders import load_encoder
from vladva.losses import LOG_SCALE_START, Spared, contrastive
from vladva.trainer.gradcache import chunks
from vladva.trainer.lab.course import Course
from vladva.trainer.lab.fitting import fitting
from vladva.trainer.lab.muon import optimisers
from vladva.trainer.lab.rows import Row, Rows, Wants, loader
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.score import score
from vladva.trainer.lab.shape import MINI, SHAPES, SPECIAL, Shape, vision_config
from vladva.trainer.lab.stretches import stretches
from vladva.trainer.lab.sweep import SHARE, best_rate, rates
from vladva.trainer.lab.vision import BETAS, DECAY, Eyes, to_pixels
from vladva.trainer.step import PORTION

LENGTH = 77
"""Tokens of a text at most, as in CLIP."""


@dataclass(frozen=True)
class Recipe:
    """What a run does. `negatives`: false texts of a picture, at most.

    `scenes`: with a sweep of four, as many hours of two cores as the stages of mini that come after
    the tower which both share.
    """

    scenes: int = 890_000
    batch: int = 128
    rate: float = 1e-3
    negatives: int = 0
    negatives_from: int = 0
    """False texts come with the steps that begin behind so many scenes: NegCLIP is a CLIP that goes
    on with them. Those that are left are to be no fewer than the 165,000 of mini's joint stage."""
    seed: int = 0

    def at(self, seen: int) -> "Recipe":
        """What is done after `seen` scenes."""
        return self if seen >= self.negatives_from else replace(self, negatives=0)

    def settings(self, seen: int) -> dict[str, Any]:
        """All that made a state of so many scenes; false texts that are still to come did not."""
        said = asdict(self.at(seen - self.batch))  # its last step began there
        late = said["negatives"] and self.negatives_from
        hidden = {"scenes"} if late else {"scenes", "negatives_from"}
        return {name: value for name, value in said.items() if name not in hidden}


def new_clip(folder: Path, shape: Shape) -> tuple[CLIPModel, PreTrainedTokenizerFast]:
    """A CLIP with the trained tower and fresh words, and its tokenizer, which closes each text."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder / "base")
    # `</s>` has id 2, by which transformers knows old checkpoints, and looks for the highest id.
    closing = SPECIAL["bos"]
    closes = int(tokenizer.convert_tokens_to_ids(closing))
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"$A {closing}", special_tokens=[(closing, closes)]
    )
    tower = shape.language
    words = {
        "hidden_size": tower.width,
        "intermediate_size": tower.inner * 3 // 2,  # Llama has three matrices where CLIP has two
        "num_hidden_layers": tower.layers,
        "num_attention_heads": tower.heads,
        "projection_dim": tower.width,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": LENGTH,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": None,
        "eos_token_id": closes,
    }
    seen = vision_config(shape).to_dict()
    model = CLIPModel(
        CLIPConfig(
            text_config=words,
            vision_config=seen,
            projection_dim=tower.width,
            logit_scale_init_value=LOG_SCALE_START,
        )
    )
    eyes = Eyes(shape)
    eyes.load_state_dict(load_file(folder / "vision.safetensors"))
    model.vision_model.load_state_dict(eyes.tower.state_dict())
    return model, tokenizer


class Stage:
    """A lab's pictures and towers, and how progress is measured; see `joint.Stage`."""

    def __init__(
        self,
        folder: Path,
        shape: Shape = MINI,
        workers: int = 1,
        scored: int = 300,
        every: int = 50_000,
    ) -> None:
        self.folder, self.shape = folder, shape
        self.workers, self.scored, self.every = workers, scored, every

    def train(self, recipe: Recipe, out: Path) -> dict[str, float]:
        """Train on `recipe.scenes` pictures; `out` holds all that is written. Gives the scores."""
        torch.set_flush_denormal(True)
        torch.manual_seed(recipe.seed)
        drawn = Drawn(self.folder, self.shape.image)
        model, tokenizer = new_clip(self.folder, self.shape)
        model.to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))  # type: ignore[arg-type]
        weights = dict(model.named_parameters())
        course = Course(
            out,
            "clip",
            weights,
            optimisers(weights, recipe.rate, DECAY, BETAS),
            recipe.scenes,
            of=lambda seen: f"{recipe.settings(seen)} {len(drawn)}",
        )
        metrics: dict[str, float] = {}
        numbers = list(course.order(len(drawn), recipe.batch, recipe.seed))
        for now, part in stretches(recipe, numbers, course.seen):
            rows = Rows(len(drawn), Wants(long=False, negatives=now.negatives))
            for told in loader(rows, part, self.workers):
                pixels = to_pixels(drawn[np.array([row.index for row in told])])
                loss = contrast(model, tokenizer, pixels, told)
                course.step(loss, len(told), scale=model.logit_scale.exp())
                if course.due(self.every):
                    metrics = self._tell(model, tokenizer, course, out)
        if not numbers:  # it was done before
            metrics = self._tell(model, tokenizer, course, out)
        return metrics

    def _tell(
        self, model: CLIPModel, tokenizer: PreTrainedTokenizerFast, course: Course, out: Path
    ) -> dict[str, float]:
        """Leave the checkpoint as it is now, and measure it."""
        model.save_pretrained(out / "model")
        tokenizer.save_pretrained(out / "model")
        name = "preprocessor_config.json"
        shutil.copyfile(self.folder / "base" / name, out / "model" / name)
        metrics: dict[str, float] = {}
        if self.scored:
            metrics = score(load_encoder(str(out / "model"), dtype="float32"), self.scored)
        course.journal.say("scored", seen=course.seen, **metrics)
        return metrics


def contrast(
    model: CLIPModel, tokenizer: PreTrainedTokenizerFast, pixels: Tensor, rows: Sequence[Row]
) -> Tensor:
    """Symmetric InfoNCE of pictures [n, 3, side, side] and short captions.

    A false text joins its own picture's softmax. No picture is a negative of a text that fits it.
    """
    device = model.logit_scale.device
    texts = [row.short for row in rows]
    false = [(at, text) for at, row in enumerate(rows) for text in row.negatives if text]
    seen = model.get_image_features(pixels.to(device)).pooler_output
    said = read(model, tokenizer, [*texts, *(text for _, text in false)])
    owners = torch.tensor([at for at, _ in false], dtype=torch.int64, device=device)
    same = _alike([row.index for row in rows]) | _alike(texts)
    fits = torch.zeros_like(same)
    for here, at in fitting(rows):
        fits[here, at] = True
    return contrastive(
        seen,
        said[: len(rows)],
        model.logit_scale,
        Spared(same.to(device), fits.to(device)),
        (said[len(rows) :], owners) if false else None,
    )


def read(model: CLIPModel, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]) -> Tensor:
    """What the text tower makes of them, [n, dim], in portions of like length."""
    parts = list(chunks([len(tokens) for tokens in tokenizer(list(texts))["input_ids"]], PORTION))
    states = [_portion(model, tokenizer, [texts[at] for at in part]) for part in parts]
    order = torch.tensor(list(chain.from_iterable(parts)), device=model.logit_scale.device)
    return torch.cat(states)[order.argsort()]


def _portion(model: CLIPModel, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]) -> Tensor:
    tokens: Any = tokenizer(
        list(texts),
        padding=True,
        padding_side="right",
        truncation=True,
        max_length=LENGTH,
        return_tensors="pt",
    ).to(model.logit_scale.device)
    features: Any = model.get_text_features(tokens["input_ids"], tokens["attention_mask"])
    states: Tensor = features.pooler_output
    return states


def _alike(names: Sequence[object]) -> Tensor:
    """True where two are equal, [n, n]."""
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    numbers = torch.tensor([known[name] for name in names])
    return numbers[:, None] == numbers[None, :]


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="default FOLDER/clip")
    parser.add_argument("--shape", choices=SHAPES, default="mini")
    parser.add_argument("--scenes", type=int, default=Recipe.scenes)
    parser.add_argument("--batch", type=int, default=Recipe.batch)
    parser.add_argument("--rate", type=float, default=Recipe.rate)
    parser.add_argument("--negatives", type=int, default=Recipe.negatives)
    parser.add_argument("--negatives-from", type=int, default=Recipe.negatives_from)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--sweep", type=rates, default=[], help="rates to try first: 3e-4,1e-3")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--scored", type=int, default=300)
    parser.add_argument("--every", type=int, default=50_000)
    given = parser.parse_args()
    stage = Stage(given.folder, SHAPES[given.shape], given.workers, given.scored, given.every)
    out = given.out or given.folder / "clip"
    recipe = Recipe(**{field.name: getattr(given, field.name) for field in fields(Recipe)})
    if given.sweep:
        short = replace(recipe, scenes=int(recipe.scenes * SHARE))
        rate = best_rate(
            out, given.sweep, lambda rate, there: stage.train(replace(short, rate=rate), there)
        )
        recipe = replace(recipe, rate=rate)
    stage.train(recipe, out)


if __name__ == "__main__":
    main()
