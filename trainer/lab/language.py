"""Stage 2 of mini: a voice. Projector and language model learn to speak about frozen eyes.

    python -m vladva.trainer.lab.language runs/mini --scenes 15000

One image is followed by several turns (short caption, long caption, one-word answers, yes/no
questions), so that its tokens are paid for once; a second batch of pure text learns to say a
caption again in other words. Leaves an ordinary LLaVA checkpoint in `base/`: the generative base
that the joint step starts from. Ours.
"""

import argparse
import random
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerFast
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from vladva.generate import ANSWER, CAPTION
from vladva.losses import IGNORED, next_token
from vladva.prompts import PROMPTS
from vladva.toyland.invent import invent
from vladva.toyland.questions import one_word, questions
from vladva.toyland.scene import Scene
from vladva.toyland.words import long_captions, paraphrases, short_captions, vocabulary_texts
from vladva.trainer.journal import Journal
from vladva.trainer.lab import scenes as drawn_scenes
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.shape import IMAGE_SIZE, llava_config, train_tokenizer
from vladva.trainer.lab.vision import Eyes, rate_at, to_pixels

Turn = tuple[str, str]
"""(what is asked, what shall be answered)."""
PROMPT_PAIR = PROMPTS["short"]
LIMIT = 176
"""Text tokens a row."""


def turns(scene: Scene, random_: random.Random) -> list[Turn]:
    """What is asked about one picture, in random order."""
    short = short_captions(scene, random_, 2)
    asked = [(PROMPT_PAIR.image, short[0]), (CAPTION["short"], short[-1])]
    asked += [(CAPTION["long"], text) for text in long_captions(scene, random_, 1)]
    asked += random_.sample(words := one_word(scene, random_), min(2, len(words)))
    for question in questions(scene, random_, 2):
        asked.append((f"{question.text}{ANSWER}", "yes" if question.answer else "no"))
    random_.shuffle(asked)
    return asked


def row(tokenizer: PreTrainedTokenizerFast, asked: Sequence[Turn]) -> tuple[list[int], list[int]]:
    """Token ids of all turns, and the same ids where they are learned (IGNORED elsewhere)."""
    ids: list[int] = []
    learned: list[int] = []
    for question, answer in asked:
        question_ids = tokenizer(question, add_special_tokens=False)["input_ids"]
        answer_ids = tokenizer(answer, add_special_tokens=False)["input_ids"]
        answer_ids = [*answer_ids, tokenizer.eos_token_id]
        if len(ids) + len(question_ids) + len(answer_ids) > LIMIT:
            continue
        ids += question_ids + answer_ids
        learned += [IGNORED] * len(question_ids) + answer_ids
    return ids, learned


def padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    """int64 [n, longest], padded on the right."""
    longest = max(map(len, rows))
    return torch.tensor([[*ids, *[value] * (longest - len(ids))] for ids in rows])


class Lessons(Dataset[dict[str, Any]]):
    """Rows of text for scene numbers; made in a worker process beside the training."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, count: int, rounds: int) -> None:
        self.tokenizer = tokenizer
        self.count = count
        self.rounds = rounds

    def __len__(self) -> int:
        return self.count * self.rounds

    def __getitem__(self, number: int) -> dict[str, Any]:
        random_ = random.Random(number)
        index = number % self.count
        scene = invent("train", drawn_scenes.SEED, index)
        text = [(f"{a}\n{PROMPT_PAIR.text}", b) for a, b in paraphrases(scene, random_)[:1]]
        asked = turns(scene, random_)
        return {
            "index": index,
            "image": row(self.tokenizer, asked),
            "text": row(self.tokenizer, text) if text else None,
        }


class Voice(nn.Module):
    """Projector and language model of a LLaVA, trained on the states of its frozen tower."""

    def __init__(self, llava: LlavaForConditionalGeneration) -> None:
        super().__init__()
        self.llava = llava
        llava.model.vision_tower.requires_grad_(requires_grad=False)

    def look(self, pixels: Tensor) -> Tensor:
        """float32 [b, 3, size, size] → projected image tokens [b, patches, width]."""
        with torch.no_grad():
            states = self.llava.model.vision_tower(pixels).last_hidden_state[:, 1:]
        return self.llava.model.multi_modal_projector(states)  # type: ignore[no-any-return]

    def loss(self, ids: Tensor, learned: Tensor, image: Tensor | None = None) -> Tensor:
        """Next-token loss of right-padded rows, behind the image tokens where given."""
        states = self.llava.get_input_embeddings()(ids)
        start = 0
        if image is not None:
            states = torch.cat([image, states], 1)
            start = image.shape[1]
        hidden = self.llava.model.language_model(inputs_embeds=states, use_cache=False)[0]
        # Causal attention never looks right, so padding needs no mask; it is not learned.
        before = hidden[:, max(start - 1, 0) : -1]
        target = learned if start else learned[:, 1:]
        counted = target != IGNORED
        logits = self.llava.lm_head(before[counted])
        return next_token(logits[None], target[counted][None])


def new_base(folder: Path) -> tuple[LlavaForConditionalGeneration, PreTrainedTokenizerFast]:
    """A LLaVA with the trained tower and a fresh voice, and its tokenizer."""
    asked = [*CAPTION.values(), PROMPT_PAIR.image, PROMPT_PAIR.text, f"{ANSWER} yes no"]
    tokenizer = train_tokenizer(chain(vocabulary_texts(20_000), asked * 2000))
    llava = LlavaForConditionalGeneration(llava_config(tokenizer))
    eyes = Eyes()
    eyes.load_state_dict(load_file(folder / "vision.safetensors"))
    llava.model.vision_tower.load_state_dict(eyes.tower.state_dict())
    return llava, tokenizer


def collate(tokenizer: PreTrainedTokenizerFast) -> Any:
    """A function from lessons to one batch of tensors."""

    def batch(lessons: Sequence[dict[str, Any]]) -> dict[str, Any]:
        images = [lesson["image"] for lesson in lessons]
        texts = [lesson["text"] for lesson in lessons if lesson["text"]]
        pad = tokenizer.pad_token_id
        return {
            "index": np.array([lesson["index"] for lesson in lessons]),
            "ids": padded([ids for ids, _ in images], pad),
            "learned": padded([learned for _, learned in images], IGNORED),
            "text_ids": padded([ids for ids, _ in texts], pad),
            "text_learned": padded([learned for _, learned in texts], IGNORED),
        }

    return batch


def train(folder: Path, scenes: int, batch: int, peak: float) -> None:
    """Train on `scenes` pictures; leaves a LLaVA checkpoint with tokenizer in `base/`."""
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    journal = Journal(folder / "language.jsonl")
    drawn = Drawn(folder)
    llava, tokenizer = new_base(folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    voice = Voice(llava).to(device)
    weights = [p for p in voice.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=peak, weight_decay=0.02, betas=(0.9, 0.98))
    loader = DataLoader(
        Lessons(tokenizer, len(drawn), rounds=20),
        batch_size=batch,
        shuffle=True,
        num_workers=1,
        collate_fn=collate(tokenizer),
        prefetch_factor=8,
        drop_last=True,
    )
    journal.say("start", scenes=len(drawn), trained=sum(p.numel() for p in weights))
    for step, lesson in enumerate(islice(loader, scenes // batch), 1):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step * batch / scenes, peak)
        losses = _losses(voice, drawn, lesson, device)
        optimiser.zero_grad()
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        if step % 50 == 0:
            values = {name: round(value.item(), 4) for name, value in losses.items()}
            journal.say("step", step=step, seen=step * batch, **values)
        if step % 500 == 0:
            save(llava, tokenizer, folder / "base")
    save(llava, tokenizer, folder / "base")


def _losses(
    voice: Voice, drawn: Drawn, lesson: dict[str, Any], device: torch.device
) -> dict[str, Tensor]:
    image = voice.look(to_pixels(drawn[lesson["index"]]).to(device))
    return {
        "image": voice.loss(lesson["ids"].to(device), lesson["learned"].to(device), image),
        "text": 0.3 * voice.loss(lesson["text_ids"].to(device), lesson["text_learned"].to(device)),
    }


def save(
    llava: LlavaForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, folder: Path
) -> None:
    """Write an ordinary checkpoint: weights, configs, tokenizer, preprocessing."""
    llava.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    size = {"height": IMAGE_SIZE, "width": IMAGE_SIZE}
    CLIPImageProcessorPil(
        size=size,
        crop_size=size,
        do_center_crop=False,
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    ).save_pretrained(folder)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scenes", type=int, default=15_000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=1.5e-3)
    options = parser.parse_args()
    train(options.folder, options.scenes, options.batch, options.lr)


if __name__ == "__main__":
    main()
