"""Two figures of the joint step, measured: what one pass saves, and what GradCache keeps small.

    python -m vladva.trainer.measure_step

At LLaVA's proportions (576 image tokens, 100 caption tokens) and tiny widths. One JSON object a
line on stdout. Seconds and bytes depend on the machine; their ratios hardly do. Ours.
"""

import ctypes
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

from vladva.adapters import AdapterShape, create
from vladva.encoders.llava import LlavaBackbone
from vladva.encoders.lvlm import Loaded, assemble
from vladva.errors import Unsupported
from vladva.losses import LOG_SCALE_START, contrastive, next_token
from vladva.model import Features, VladVA
from vladva.prompts import PROMPTS, bare_chat
from vladva.trainer.batch import Batch
from vladva.trainer.lab.shape import SPECIAL, train_tokenizer
from vladva.trainer.step import backward

IMAGE_TOKENS, CAPTION_TOKENS = 576, 100
SIDE, PATCH = 48, 2
"""Pixels: (SIDE / PATCH)² = IMAGE_TOKENS, in pictures that are small themselves."""
WIDTH = 64
Step = Callable[[VladVA, Batch, torch.Tensor], float]
M_MMAP_THRESHOLD = -3
STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")


def tiny() -> VladVA:
    """A LLaVA of two layers with random weights and a fresh adapter."""
    torch.manual_seed(0)
    tokenizer = train_tokenizer(iter(["a red dog in the scene in one word:"]))
    image_id = tokenizer.convert_tokens_to_ids(SPECIAL["image"])
    assert isinstance(image_id, int)
    text = LlamaConfig(
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        vocab_size=len(tokenizer),
    )
    vision = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=SIDE,
        patch_size=PATCH,
    )
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_token_index=image_id, vision_feature_layer=-1
    )
    made = LlavaForConditionalGeneration(config).requires_grad_(requires_grad=False)
    made.train(mode=False)
    token = SPECIAL["image"]
    parts = Loaded(made.model, made.lm_head, tokenizer, token, image_id, frozenset())
    model = assemble(parts, LlavaBackbone(parts), bare_chat(token), PROMPTS["short"])
    create(model, AdapterShape())
    return model


def rows(size: int) -> Batch:
    """Pictures of noise, each with a short caption and one of CAPTION_TOKENS."""
    noise = np.random.default_rng(0)
    pixels = noise.random((size, 3, SIDE, SIDE), dtype=np.float32)
    names = [str(number) for number in range(size)]
    ids = random.Random(0)
    long = [[ids.randrange(10, 200) for _ in range(CAPTION_TOKENS)] for _ in names]
    return Batch([{"pixel_values": one} for one in pixels], names, names, long)


def one_pass(model: VladVA, batch: Batch, scale: torch.Tensor) -> float:
    """The joint step."""
    return float(backward(model, batch, scale).total)


def two_passes(model: VladVA, batch: Batch, scale: torch.Tensor) -> float:
    """The same losses, the picture read once for each."""
    summary = model.image_side(batch.pictures).summary
    image = model.image_side(batch.pictures, captions=batch.long)
    spoken = next_token(model.logits(image.caption_states), image.caption_ids)
    texts = model.text_side([text for text in batch.short if text is not None])
    loss = contrastive(summary, texts, scale) + spoken
    loss.backward()  # type: ignore[no-untyped-call]
    return float(loss.detach())


def passes(size: int = 8, rounds: int = 15) -> dict[str, Any]:
    """Samples per second of one pass and of two, turn by turn on the same features."""
    model, batch = tiny(), rows(size)
    assert not isinstance(batch.pictures, Features)
    with torch.no_grad():
        batch = replace(batch, pictures=model.look(batch.pictures))
    scale = torch.tensor(LOG_SCALE_START)
    one, two = one_pass(model, batch, scale), two_passes(model, batch, scale)  # warms up, too
    seconds: dict[Step, list[float]] = {one_pass: [], two_passes: []}
    for _ in range(rounds):
        for step, spent in seconds.items():
            start = time.perf_counter()
            step(model, batch, scale)
            spent.append(time.perf_counter() - start)
    rates = [size / statistics.median(spent) for spent in seconds.values()]
    return {
        "figure": "one pass against two",
        "one_pass_samples_per_second": round(rates[0], 2),
        "two_passes_samples_per_second": round(rates[1], 2),
        "ratio": round(rates[0] / rates[1], 3),
        "losses_differ_by": abs(one - two),
    }


def memory(size: int = 1024, chunk: int = 32) -> dict[str, Any]:
    """Peak bytes above the loaded model: a chunked batch, its pictures too, and a plain chunk."""
    plain, cached = _peak(chunk, None), _peak(size, chunk)
    return {
        "figure": "memory of GradCache against a plain batch",
        "plain_rows": chunk,
        "plain_peak_bytes": plain,
        "cached_rows": size,
        "cached_peak_bytes": cached,
        "ratio": round(cached / plain, 3),
    }


def _peak(size: int, chunk: int | None) -> int:
    """In a process of its own: memory that was used once is seldom given back."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
        return child.submit(peak_of, size, chunk).result()


def peak_of(size: int, chunk: int | None) -> int:
    """Bytes that one step needs at most, above the loaded model. Raises `Unsupported`."""
    _give_back_at_once()
    model = tiny()
    scale = torch.tensor(LOG_SCALE_START)
    backward(model, rows(1), scale)  # what the libraries set up once is not the batch's
    before = _most(forget=True)
    backward(model, rows(size), scale, chunk=chunk)
    return _most() - before


def _give_back_at_once() -> None:
    """Every tensor in pages of its own, so that what is resident is what is alive (glibc)."""
    ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 2**16)


def _most(*, forget: bool = False) -> int:
    """Largest resident set since it was last forgotten."""
    if not RESET.exists():
        raise Unsupported("peak memory is only measured on Linux")
    if forget:
        RESET.write_text("5", encoding="ascii")
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def main() -> None:
    """Measure both and write them to stdout."""
    for figure in (passes, memory):
        sys.stdout.write(json.dumps(figure()) + "\n")


if __name__ == "__main__":
    main()
