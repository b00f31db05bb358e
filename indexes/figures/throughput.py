"""How busy indexing keeps the encoder, and the cores, beside a plain loop over the same photos.

    python -m vladva.indexes.figures.throughput --photos 1000

Made photos of 1.2 megapixels; a picture tower of SigLIP2-base's shape with random weights, and
`mini`. One JSON object a line on stdout; photos per second, and their ratios: `share_of_encode` is
end to end ÷ the encoder alone on prepared input, `share_of_bound` end to end ÷ (cores ÷
core-seconds of decode, thumbnail and encode), `over_plain_loop` end to end ÷ the plain loop.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vladva.protocols import Encoder

# Imports stand where they are needed: decode children import this module too, and none of these.

SIZE = (1280, 960)
SHAPED, MINI = "siglip2-base-shaped", "mini"


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


def _encoder(name: str) -> Encoder:
    from vladva.encoders import load_encoder
    from vladva.indexes.figures.shaped import Shaped

    return Shaped(name) if name == SHAPED else load_encoder(MINI)


def main() -> None:
    """Parse the command line, measure, and write to stdout."""
    from vladva.indexes.figures.made import make_photos

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--encoder", choices=[SHAPED, MINI], action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vladva-throughput-") as scratch:
        make_photos(Path(scratch), options.photos, SIZE)
        for name in options.encoder or (SHAPED, MINI):
            found = figure(_encoder(name), Path(scratch), options.photos)
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
