"""Whether `torch.compile` pays: vectors of pictures, compiled beside as they come.

    python -m vladva.indexes.figures.compiled

Picture towers of known shapes and cut-down LVLMs, random weights, on the device that `auto` chooses
in its precision. One JSON object a line on stdout: `over_eager` is the time as it comes ÷ the time
compiled, turn by turn in one run; `first_s` what the first batch costs, and `pays_from` after how
many pictures that is won back, null where it never is; `graphs` how many were compiled. Needs a C++
compiler. Ours.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn
from transformers.utils import logging

from vladva.encoders import load_encoder
from vladva.indexes.figures.families import make
from vladva.indexes.figures.public_way import made_pictures
from vladva.indexes.figures.shaped import ClipShaped, Shaped
from vladva.protocols import Encoder

TOWERS: dict[str, type[Shaped]] = {"siglip2-base": Shaped, "clip-b32": ClipShaped}
LVLMS = ("llava", "qwen2_vl")
BATCH = 32


def measure(
    name: str, build: Callable[[], Encoder], batch: int, rounds: int, backend: str = "inductor"
) -> dict[str, Any]:
    """One encoder's row. `build` makes it twice, with the same weights."""
    from torch._dynamo.utils import counters

    eager, compiled = build(), build()
    counters.clear()
    for part in parts(compiled):
        part.compile(backend=backend)
    pictures = made_pictures(eager.prepare, batch)
    plain = eager.encode(pictures)
    start = time.perf_counter()
    vectors = compiled.encode(pictures)
    first = time.perf_counter() - start
    seconds: dict[str, list[float]] = {"eager": [], "compiled": []}
    for _ in range(rounds):
        for way, encoder in (("eager", eager), ("compiled", compiled)):
            start = time.perf_counter()
            encoder.encode(pictures)
            seconds[way].append(time.perf_counter() - start)
    over = [e / c for e, c in zip(seconds["eager"], seconds["compiled"], strict=True)]
    saved = (statistics.median(seconds["eager"]) - statistics.median(seconds["compiled"])) / batch
    return {
        "figure": "compiled",
        "encoder": name,
        "batch": batch,
        "graphs": counters["stats"]["unique_graphs"],
        "over_eager": round(statistics.median(over), 3),
        "over_eager_range": [round(min(over), 3), round(max(over), 3)],
        "first_s": round(first, 1),
        "pays_from": round(first / saved) if saved > 0 else None,
        "differ_by": float(np.abs(vectors - plain).max()),
    }


def parts(encoder: Any) -> list[nn.Module]:
    """What of an encoder is called as a whole: a tower, or a LVLM's eyes and its layers."""
    if isinstance(encoder, Shaped):
        return [encoder.model]
    base = encoder.model.backbone.base
    return [base.get_encoder(modality="image"), base.get_decoder()]


def _build(name: str, scratch: Path) -> Callable[[], Encoder]:
    if name in TOWERS:
        return partial(TOWERS[name], name)
    return partial(load_encoder, str(make(name, scratch / name)), adapter=None)


def main() -> None:
    """Parse the command line, measure, and write to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", choices=[*TOWERS, *LVLMS], action="append")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    quiet: Any = logging
    quiet.disable_progress_bar()
    with tempfile.TemporaryDirectory(prefix="vladva-compiled-") as scratch:
        for name in options.encoder or [*TOWERS, *LVLMS]:
            build = _build(name, Path(scratch))
            row = measure(name, build, options.batch, options.rounds)
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
