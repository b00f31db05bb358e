"""Stage 2 of mini: a voice. The language model learns to speak about what it is shown.

    python -m vladva.trainer.lab.language runs/mini --scenes 87000

Each picture is read once and asked a dozen things (`lessons`); a second batch of pure text learns
to say a caption again in other words. Half-way through the layers a name shall know its thing and
where that lies (`Voice.losses`), by a head that is thrown away. Leaves an ordinary checkpoint of
its family in `base/`: the generative base that the joint step starts from. With `--poor` it is told
less (`poor`). Ours. Goes on where it was stopped.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerFast

from vladva.losses import IGNORED
from vladva.trainer.lab.backbone import BACKBONES, Backbone, backbone_of
from vladva.trainer.lab.base import aligned_base
from vladva.trainer.lab.course import Course
from vladva.trainer.lab.heard import heard
from vladva.trainer.lab.lessons import Lesson, Lessons, Told, gathered
from vladva.trainer.lab.mentions import WIDTH
from vladva.trainer.lab.muon import optimisers
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.shape import SHAPES, Shape
from vladva.trainer.lab.vision import BETAS, HELD_OUT, to_pixels

TEXT_WEIGHT = 0.3
RATE, DECAY = 5e-4, 0.1
"""At 1.5e-3 and a decay of 0.02 the matrices grew to ten times what they began with."""
LISTEN_S = 600.0
"""How often what it has learned is measured."""
Batch = tuple[list[int], Told, Told]


class Voice(nn.Module):
    """The language model of an LVLM, trained on what its frozen eyes and projector show it."""

    def __init__(self, lvlm: Any, backbone: Backbone = BACKBONES["llava"]) -> None:
        super().__init__()
        self.lvlm = lvlm.requires_grad_(requires_grad=False)
        lvlm.get_decoder().requires_grad_(requires_grad=True)
        self.backbone = backbone
        width = lvlm.config.text_config.hidden_size
        self.pointing_head = nn.Sequential(nn.RMSNorm(width), nn.Linear(width, WIDTH))

    def look(self, pixels: Tensor) -> Tensor:
        """float32 [b, 3, size, size] → projected image tokens [b, patches, width]."""
        with torch.no_grad():
            return self.backbone.tokens(self.lvlm, pixels)

    def read(self, told: Told, image: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """States of the text's tokens at the end and in the middle of all layers, [b, T, width]."""
        states = self.lvlm.get_input_embeddings()(told.ids)
        seen = 0 if image is None else image.shape[1]
        if image is not None:
            states = torch.cat([image, states], 1)
        output = self.lvlm.get_decoder()(
            inputs_embeds=states,
            attention_mask=_apart(told.turn, seen, states.dtype),
            position_ids=self.backbone.positions(seen, told.place()),
            use_cache=False,
            output_hidden_states=True,
        )
        layers = output.hidden_states  # before the first layer, and behind each
        return output.last_hidden_state[:, seen:], layers[len(layers) // 2][:, seen:]

    def logits(self, told: Told, image: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Next-token logits [n, vocabulary] where something is learned, and the ids there [n]."""
        return self._logits(told, self.read(told, image)[0])

    def _logits(self, told: Told, hidden: Tensor) -> tuple[Tensor, Tensor]:
        counted = told.learned[:, 1:] != IGNORED  # the first token of all begins a question
        logits: Tensor = self.lvlm.lm_head(hidden[:, :-1][counted])
        return logits, told.learned[:, 1:][counted]

    def losses(self, told: Told, image: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Of the next token, weighed as `Told.weights` says, and of pointing; of none, 0."""
        hidden, middle = self.read(told, image)
        logits, ids = self._logits(told, hidden)
        weights = told.weights().to(logits.dtype)
        each = functional.cross_entropy(logits, ids, reduction="none")
        spoken = (each * weights).sum() / weights.sum().clamp(min=1e-9)
        return spoken, self._pointing(told.named, middle)

    def _pointing(self, named: Tensor, middle: Tensor) -> Tensor:
        """Half-way through the layers, a name knows how many it names, and where the one lies."""
        counted = ~named[..., 0].isnan()
        targets = named[counted]  # [n, WIDTH]
        found = self.pointing_head(middle[counted])
        known = ~targets.isnan()
        errors = functional.smooth_l1_loss(
            found, targets.nan_to_num(), beta=0.1, reduction="none"
        ).where(known, 0.0)
        return (errors.sum(0) / known.sum(0).clamp(min=1)).sum()


def _apart(turn: Tensor, seen: int, dtype: torch.dtype) -> Tensor:
    """What each token must not attend to, as an additive mask [b, 1, T, T] behind `seen` tokens."""
    same = turn[:, :, None] == turn[:, None, :]
    length = seen + turn.shape[1]
    open_ = torch.ones(len(turn), length, length, dtype=torch.bool, device=turn.device)
    open_[:, seen:, seen:] = same
    open_ = open_.tril()
    closed = torch.zeros_like(open_, dtype=dtype)
    return closed.masked_fill(~open_, torch.finfo(dtype).min)[:, None]


def collate(pad: int) -> Callable[[Sequence[tuple[int, Lesson, Lesson]]], Batch]:
    """A function from lessons to one batch."""

    def batch(rows: Sequence[tuple[int, Lesson, Lesson]]) -> Batch:
        numbers, about, said = zip(*rows, strict=True)
        texts = [one for one in said if one.ids]
        return list(numbers), gathered(about, pad), gathered(texts, pad)

    return batch


def train(  # noqa: PLR0913 - one argument an option
    folder: Path,
    shape: Shape,
    scenes: int,
    size: int,
    *,
    peak: float,
    workers: int,
    poor: bool = False,
) -> None:
    """Train on `scenes` pictures; leaves a checkpoint with tokenizer in `base/`."""
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    drawn = Drawn(folder, shape.image)
    lvlm, tokenizer = aligned_base(folder, shape)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    voice = Voice(lvlm, backbone_of(shape)).to(device)
    named = {name: w for name, w in voice.named_parameters() if w.requires_grad}
    both = optimisers(named, peak, DECAY, BETAS)
    lessons = (
        f"{'poor' if poor else 'rich'} lessons with twins and names, by the root of their length"
    )
    told_of = f"{lessons}, {len(drawn)} scenes, words {_words(tokenizer)}"
    course = Course(folder, "language", named, both, scenes, of=told_of)
    numbers = list(course.order(len(drawn) - HELD_OUT, size, seed=2))
    loader: Any = DataLoader(
        Lessons(tokenizer, len(drawn) - HELD_OUT, first=HELD_OUT, poor=poor),
        batch_sampler=numbers,
        num_workers=workers,
        collate_fn=collate(int(tokenizer.pad_token_id)),
        prefetch_factor=8 if workers else None,
    )
    listened = time.monotonic()
    for index, about, text in loader:
        image = voice.look(to_pixels(drawn[np.array(index)]).to(device))
        spoken, pointed = voice.losses(about.to(device), image)
        said, _ = voice.losses(text.to(device))
        losses = {"image": spoken, "pointing": pointed, "text": said}
        course.step(spoken + pointed + TEXT_WEIGHT * said, len(index), **losses)
        if course.done or time.monotonic() - listened > LISTEN_S:
            save(lvlm, tokenizer, shape, folder / "base")
            share = heard(voice, tokenizer, shape.image, device)
            course.journal.say("heard", seen=course.seen, **share)
            listened = time.monotonic()
    if not numbers:  # it was done before, but maybe killed before it was saved
        save(lvlm, tokenizer, shape, folder / "base")


def _words(tokenizer: PreTrainedTokenizerFast) -> str:
    """Names which word has which id: weights that learned others know nothing of these."""
    vocabulary = json.dumps(sorted(tokenizer.get_vocab().items()))
    return blake2b(vocabulary.encode(), digest_size=8).hexdigest()


def save(lvlm: Any, tokenizer: PreTrainedTokenizerFast, shape: Shape, folder: Path) -> None:
    """Write checkpoint, tokenizer and preprocessing as `load_encoder` reads them."""
    lvlm.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    backbone_of(shape).save(shape, folder)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="mini")
    parser.add_argument("--scenes", type=int, default=87_000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=RATE)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--poor", action="store_true", help="no long captions, no relations")
    options = parser.parse_args()
    shape = SHAPES[options.shape]
    train(
        options.folder,
        shape,
        options.scenes,
        options.batch,
        peak=options.lr,
        workers=options.workers,
        poor=options.poor,
    )


if __name__ == "__main__":
    main()
