"""Stage 2 of mini: a voice. Projector and language model learn to speak about frozen eyes.

    python -m vladva.trainer.lab.language runs/mini --scenes 600000

Each picture is read once and asked a dozen things (`lessons`); a second batch of pure text learns
to say a caption again in other words. Leaves an ordinary checkpoint of its family in `base/`: the
generative base that the joint step starts from. With `--poor` it is told less (`poor`). Ours. Goes
on where it was stopped.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerFast

from vladva.generate import ANSWER, CAPTION
from vladva.losses import IGNORED
from vladva.toyland.words import vocabulary_texts
from vladva.trainer.lab.backbone import BACKBONES, Backbone, backbone_of
from vladva.trainer.lab.course import Course
from vladva.trainer.lab.heard import heard
from vladva.trainer.lab.lessons import PROMPT_PAIR, Lesson, Lessons, Told, gathered
from vladva.trainer.lab.muon import optimisers
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.shape import SHAPES, Shape, train_tokenizer
from vladva.trainer.lab.vision import BETAS, DECAY, HELD_OUT, Eyes, to_pixels

TEXT_WEIGHT = 0.3
LISTEN_S = 600.0
"""How often what it has learned is measured."""
VOCABULARY_TEXTS = 20_000
Batch = tuple[list[int], Told, Told]


class Voice(nn.Module):
    """Projector and language model of an LVLM, trained on the states of its frozen tower."""

    def __init__(self, lvlm: Any, backbone: Backbone = BACKBONES["llava"]) -> None:
        super().__init__()
        self.llava = lvlm  # of any family; a state of training knows its weights by this name
        self.backbone = backbone
        backbone.freeze(lvlm)

    def look(self, pixels: Tensor) -> Tensor:
        """float32 [b, 3, size, size] → projected image tokens [b, patches, width]."""
        return self.backbone.tokens(self.llava, pixels)

    def logits(self, told: Told, image: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Next-token logits [n, vocabulary] where something is learned, and the ids there [n]."""
        states = self.llava.get_input_embeddings()(told.ids)
        seen = 0 if image is None else image.shape[1]
        if image is not None:
            states = torch.cat([image, states], 1)
        hidden = self.llava.model.language_model(
            inputs_embeds=states,
            attention_mask=_apart(told.turn, seen, states.dtype),
            position_ids=self.backbone.positions(seen, told.place()),
            use_cache=False,
        )[0]
        counted = told.learned[:, 1:] != IGNORED  # the first token of all begins a question
        before = hidden[:, seen:-1][counted]
        logits: Tensor = self.llava.lm_head(before)
        return logits, told.learned[:, 1:][counted]

    def loss(self, told: Told, image: Tensor | None = None) -> Tensor:
        """Next-token loss, the mean over tokens that weigh as `Told.weights` says; of none, 0."""
        logits, ids = self.logits(told, image)
        weights = told.weights().to(logits.dtype)
        each = functional.cross_entropy(logits, ids, reduction="none")
        return (each * weights).sum() / weights.sum().clamp(min=1e-9)


def _apart(turn: Tensor, seen: int, dtype: torch.dtype) -> Tensor:
    """What each token must not attend to, as an additive mask [b, 1, T, T] behind `seen` tokens."""
    same = turn[:, :, None] == turn[:, None, :]
    length = seen + turn.shape[1]
    open_ = torch.ones(len(turn), length, length, dtype=torch.bool, device=turn.device)
    open_[:, seen:, seen:] = same
    open_ = open_.tril()
    closed = torch.zeros_like(open_, dtype=dtype)
    return closed.masked_fill(~open_, torch.finfo(dtype).min)[:, None]


def new_base(folder: Path, shape: Shape) -> tuple[Any, PreTrainedTokenizerFast]:
    """An LVLM with the trained tower and a fresh voice, and its tokenizer."""
    asked = [*CAPTION.values(), PROMPT_PAIR.image, PROMPT_PAIR.text, f"{ANSWER} yes no"]
    tokenizer = train_tokenizer(chain(vocabulary_texts(VOCABULARY_TEXTS), asked * 2000))
    backbone = backbone_of(shape)
    lvlm = backbone.lvlm(tokenizer, shape)
    eyes = Eyes(shape)
    eyes.load_state_dict(load_file(folder / "vision.safetensors"))
    backbone.eyes(lvlm).load_state_dict(eyes.tower.state_dict())
    return lvlm, tokenizer


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
    lvlm, tokenizer = new_base(folder, shape)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    voice = Voice(lvlm, backbone_of(shape)).to(device)
    named = {name: w for name, w in voice.named_parameters() if w.requires_grad}
    both = optimisers(named, peak, DECAY, BETAS)
    lessons = f"{'poor' if poor else 'rich'} lessons with twins, by the root of their length"
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
        losses = {"image": voice.loss(about.to(device), image), "text": voice.loss(text.to(device))}
        course.step(losses["image"] + TEXT_WEIGHT * losses["text"], len(index), **losses)
        if course.done or time.monotonic() - listened > LISTEN_S:
            save(lvlm, tokenizer, shape, folder / "base")
            said = heard(voice, tokenizer, shape.image, device)
            course.journal.say("heard", seen=course.seen, **said)
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
    parser.add_argument("--scenes", type=int, default=600_000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=1.5e-3)
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
