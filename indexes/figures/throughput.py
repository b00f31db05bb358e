"""How busy indexing keeps the encoder, and the cores, beside a plain loop over the same photos.

    python -m vladva.indexes.figures.throughput --photos 1000

Made photos of 1.2 megapixels; a picture tower of SigLIP2-base's shape with random weights, and
`mini`. One JSON object a line on stdout; photos per second, and their ratios: `share_of_encode` is
end to end ÷ the encoder alone on prepared input, `share_of_bound` end to end ÷ (cores ÷
core-seconds of decode, thumbnail and encode), `over_plain_loop` end to end ÷ the plain loop.

    python -m vladva.indexes.figures.throughput --photos 1000 --shape clip-b32

The same beside the `pipeline` of transformers, for a picture tower of CLIP ViT-B/32's shape.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vladva.protocols import Encoder

if TYPE_CHECKING:
    from vladva.indexes.figures.shaped import Shaped

# Imports stand where they are needed: decode children import this module too, and none of these.

SIZE = (1280, 960)
SHAPED, MINI = "siglip2-base-shaped", "mini"
BATCHES = (1, 32)
"""Photos at a time of a pipeline: its default, and enough to keep a model busy."""


def figure(encoder: Encoder, folder: Path, photos: int) -> dict[str, Any]:
    """All rates of one encoder over a folder, and their ratios."""
    from vladva.indexes.figures.bench import measure, plain_loop

    found = measure(encoder, folder, photos)
    plain = plain_loop(encoder, folder, photos)
    ratios = {
        "share_of_encode": found.end_to_end / found.encode,
        "over_plain_loop": found.end_to_end / plain,
    }
    rates = {**asdict(found), "plain_loop": plain, **ratios}
    rounded = {name: round(rate, 3) for name, rate in rates.items()}
    return {"figure": "throughput", "encoder": encoder.name, **rounded}


def beside_pipeline(encoder: "Shaped", folder: Path, photos: int) -> dict[str, Any]:
    """Rates of indexing and of the `pipeline` of transformers over the same photos, and the ratio.

    The pipeline is given the same weights; `pipeline`: one photo at a time, as it comes;
    `pipeline_batched`: 32. It makes no thumbnails, no metadata and no table.
    """
    from vladva.indexes.figures.bench import measure
    from vladva.indexes.figures.pipeline_rate import pipeline_rate

    before = [pipeline_rate(encoder, folder, photos // 2, size) for size in BATCHES]
    found = measure(encoder, folder, photos)
    after = [pipeline_rate(encoder, folder, photos // 2, size) for size in BATCHES]
    single, batched = (2 / (1 / b + 1 / a) for b, a in zip(before, after, strict=True))
    ratios = {
        "over_pipeline": found.end_to_end / single,
        "over_pipeline_batched": found.end_to_end / batched,
    }
    rates = {**asdict(found), "pipeline": single, "pipeline_batched": batched, **ratios}
    rounded = {name: round(rate, 3) for name, rate in rates.items()}
    return {"figure": "beside_pipeline", "encoder": encoder.name, **rounded}


def _encoder(name: str) -> Encoder:
    from vladva.encoders import load_encoder
    from vladva.indexes.figures.shaped import Shaped

    return Shaped(name) if name == SHAPED else load_encoder(MINI)


def _figures(options: argparse.Namespace, folder: Path) -> Iterator[dict[str, Any]]:
    from vladva.indexes.figures.shaped import ClipShaped

    if options.shape:
        yield beside_pipeline(ClipShaped("clip-b32-shaped"), folder, options.photos)
        return
    for name in options.encoder or (SHAPED, MINI):
        yield figure(_encoder(name), folder, options.photos)


def main() -> None:
    """Parse the command line, measure, and write to stdout."""
    from vladva.indexes.figures.made import make_photos

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=1000)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--encoder", choices=[SHAPED, MINI], action="append")
    chosen.add_argument("--shape", choices=["clip-b32"], help="beside a pipeline of transformers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vladva-throughput-") as scratch:
        make_photos(Path(scratch), options.photos, SIZE)
        for found in _figures(options, Path(scratch)):
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
