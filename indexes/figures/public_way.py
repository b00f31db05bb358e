"""What it saves to ask a model for embeddings alone, beside how public embedders do it.

    python -m vladva.indexes.figures.public_way --family qwen2_vl

The public way (E5-V, VLM2Vec, GME and others): the generation class, with all hidden states and
the logits of every token, of which the last token's last state is taken. Both ways have the same
random weights, the true vocabulary and the same prepared pictures; widths and layers are cut down.
One JSON object a family on stdout. Ratios are of both ways turn by turn in one run:
`time_saved` is to be no less than `head_share`, the head's share of the public way's arithmetic
(counted), `over_public` no less than 1, `peak_ratio` at most 0.5, `differ_by` at most 1e-5 where
`pictures_differ_by` is far more. Peaks are above the loaded model, in processes of their own
(Linux); `peak_ratio_with_weights` counts all that is resident.
"""

import argparse
import ctypes
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vladva.errors import Unsupported

if TYPE_CHECKING:  # children import this file again: nothing heavy at its top
    import torch

    from vladva.protocols import Prepared, Vectors

    Way = Callable[[Sequence[Prepared]], Vectors]

FAMILIES = ("llava", "qwen2_vl", "qwen3_vl", "smolvlm")
BATCH = 32
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_M_MMAP_THRESHOLD = -3  # malloc.h


class PublicWay:
    """The generation class, asked for everything, as public embedders ask it."""

    def __init__(self, kind: str, folder: Path, encoder: Any) -> None:
        """`encoder`: ours on the same folder, for the words of the turn and the pictures."""
        from vladva.encoders.loading import load_weights, place
        from vladva.encoders.source import Source
        from vladva.indexes.figures.families import WHOLE

        placement = place("cpu", "float32", None)
        self.model: Any = load_weights(Source(kind, folder), WHOLE[kind], placement)
        self._kind, self._tokenizer = kind, encoder.model.writer.tokenizer
        self._image, prompt = self._tokenizer.decode([_image_id(self.model)]), encoder.model.prompts
        self._turn = encoder.model.writer.chat.turn(picture=True, prompt=prompt.image).text

    def inputs(self, pictures: "Sequence[Prepared]") -> "dict[str, torch.Tensor]":
        """What the family's processor would make of pictures and turn."""
        import torch

        arrays = [torch.from_numpy(one["pixel_values"]) for one in pictures]
        made: dict[str, torch.Tensor] = {}
        if self._kind.startswith("qwen"):
            grids = torch.stack([torch.from_numpy(one["image_grid_thw"]) for one in pictures])
            made = {"pixel_values": torch.cat(arrays), "image_grid_thw": grids}
        else:
            pixels = torch.stack(arrays)
            made = {"pixel_values": pixels[:, None] if self._kind == "smolvlm" else pixels}
        texts = [self._turn.replace(self._image, self._image * n) for n in self._counts(made)]
        read = self._tokenizer(texts, padding=True, padding_side="left", return_tensors="pt")
        made |= {"input_ids": read["input_ids"], "attention_mask": read["attention_mask"]}
        if self._kind.startswith("qwen"):
            made["mm_token_type_ids"] = (read["input_ids"] == _image_id(self.model)).int()
        return made

    def __call__(self, pictures: "Sequence[Prepared]") -> "Vectors":
        """Pictures → [n, dim]."""
        import torch

        with torch.inference_mode():
            said = self.model(**self.inputs(pictures), output_hidden_states=True, use_cache=False)
            states = said.hidden_states[-1][:, -1]
            vectors: Vectors = torch.nn.functional.normalize(states, dim=-1).numpy()
        return vectors

    def head_share(self, pictures: "Sequence[Prepared]") -> float:
        """The head's share of the arithmetic."""
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        counter = FlopCounterMode(display=False)
        with torch.no_grad(), counter:
            self.model(**self.inputs(pictures))
        counts = {name: sum(ops.values()) for name, ops in counter.get_flop_counts().items()}
        heads = (count for name, count in counts.items() if name.endswith("lm_head"))
        return next(heads) / counts["Global"]

    def _counts(self, made: "dict[str, torch.Tensor]") -> list[int]:
        """Image tokens of each picture, by the families' own rules."""
        config = self.model.config
        if "image_grid_thw" in made:
            return [int(grid.prod()) // 4 for grid in made["image_grid_thw"]]
        vision = config.vision_config
        seen = (vision.image_size // vision.patch_size) ** 2
        if self._kind == "smolvlm":
            seen //= config.scale_factor**2
        return [seen] * len(made["pixel_values"])


def measure(
    kind: str, *, width: int = 512, layers: int = 8, batch: int = BATCH, rounds: int = 3
) -> dict[str, Any]:
    """One family's row. Raises `Unsupported` for its memory where not on Linux."""
    from vladva.indexes.figures.families import VOCABULARIES, make

    with tempfile.TemporaryDirectory(prefix="vladva-public-way-") as scratch:
        folder = make(kind, Path(scratch, kind), width=width, layers=layers)
        timed = _times(kind, folder, batch, rounds)
        ours, public = (_peak(way, kind, folder, batch) for way in ("ours", "public"))
    return {
        "figure": "public_way",
        "family": kind,
        "vocabulary": VOCABULARIES[kind],
        "width": width,
        "layers": layers,
        "batch": batch,
        **timed,
        "ours_peak_bytes": ours[0],
        "public_peak_bytes": public[0],
        "peak_ratio": round(ours[0] / public[0], 3),
        "peak_ratio_with_weights": round(ours[1] / public[1], 3),
    }


def _times(kind: str, folder: Path, batch: int, rounds: int) -> dict[str, Any]:
    import numpy as np

    ours = _ours(folder, batch)
    public = PublicWay(kind, folder, ours)
    pictures = made_pictures(ours.prepare, batch)

    def single(shown: "Sequence[Prepared]") -> "Vectors":
        return np.concatenate([public([one]) for one in shown])

    ways: dict[str, Way] = {"ours": ours.encode, "public": public, "single": single}
    vectors = {name: way(pictures) for name, way in ways.items()}  # warms up, too
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way(pictures)
            seconds[name].append(time.perf_counter() - start)
    over = {n: _ratio(seconds[n], seconds["ours"]) for n in ("public", "single")}
    rates = {f"{n}_per_s": round(batch / statistics.median(s), 2) for n, s in seconds.items()}
    return {
        "tokens": int(public.inputs(pictures[:1])["input_ids"].shape[1]),
        "differ_by": float(np.abs(vectors["ours"] - vectors["public"]).max()),
        "pictures_differ_by": float(np.abs(np.diff(vectors["ours"], axis=0)).max(1).min()),
        **rates,
        "over_public": round(over["public"], 3),
        "over_single": round(over["single"], 3),
        "head_share": round(public.head_share(pictures[:1]), 3),
        "time_saved": round(1 - 1 / over["public"], 3),
    }


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """The median of neighbours: what slows a machine down slows both."""
    return statistics.median(t / o for t, o in zip(theirs, ours, strict=True))


def made_pictures(prepare: "Callable[[Any], Prepared]", count: int) -> "list[Prepared]":
    """Pictures of noise, each another, as the family prepares them."""
    import numpy as np
    from PIL import Image

    from vladva.indexes.figures.families import SIDE

    noise = np.random.default_rng(0).integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8)
    return [prepare(Image.fromarray(one)) for one in noise]


def _ours(folder: Path, batch: int) -> Any:
    from vladva.encoders import load_encoder

    return load_encoder(str(folder), device="cpu", dtype="float32", batch_size=batch, adapter=None)


def _peak(way: str, kind: str, folder: Path, batch: int) -> tuple[int, int]:
    """In a process of its own: memory that was used once is seldom given back."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
        return child.submit(peak_of, way, kind, folder, batch).result()


def peak_of(way: str, kind: str, folder: Path, batch: int) -> tuple[int, int]:
    """Bytes that a batch needs at most: above the loaded model, and with it.

    Raises `Unsupported` where not on Linux.
    """
    if not _RESET.exists():
        raise Unsupported("peak memory is only measured on Linux")
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 2**16)  # what is resident is what is alive
    encoder = _ours(folder, batch)
    pictures = made_pictures(encoder.prepare, batch)
    asked: Way = encoder.encode
    if way == "public":
        asked = PublicWay(kind, folder, encoder)
        del encoder
    asked(pictures[:1])  # what the libraries set up once is not the batch's
    _RESET.write_text("5", encoding="ascii")
    before = _resident("VmRSS")
    asked(pictures)
    most = _resident("VmHWM")
    return most - before, most


def _resident(field: str) -> int:
    (line,) = (one for one in _STATUS.read_text().splitlines() if one.startswith(field))
    return int(line.split()[1]) * 1024


def _image_id(model: Any) -> int:
    return int(model.config.image_token_id)


def main() -> None:
    """Parse the command line, measure, and write to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", choices=FAMILIES, action="append")
    parser.add_argument("--width", type=int, default=512, help="a multiple of 128")
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--rounds", type=int, default=3)
    options = vars(parser.parse_args())
    from transformers.utils import logging

    quiet: Any = logging
    quiet.disable_progress_bar()
    for kind in options.pop("family") or FAMILIES:
        sys.stdout.write(json.dumps(measure(kind, **options)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
