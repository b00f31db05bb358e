"""`python -m vladva.indexes.figures.fit_search mini`: fits what a score is worth, on drawn scenes.

Writes "calibration" into `search.json` beside the model's weights and keeps what else is there,
where it belongs to the same encoder. No figure looks at these scenes: they are of another split.
Refuses to know what a fit is made of.
"""

import argparse
import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vladva.encoders import load_encoder
from vladva.errors import ModelError
from vladva.indexes.figures.drawn_library import NEAR, PRESENT
from vladva.indexes.figures.keep import write
from vladva.indexes.figures.known_answers import beside, drawn_bank, encoded, examples
from vladva.indexes.ranking.calibrate import FILE
from vladva.indexes.ranking.fit import Fit
from vladva.indexes.ranking.fitting import RECALL, fit, fit_scale
from vladva.protocols import Encoder

FAR_RIGHT, NEAR_RIGHT = 0.95, 0.75
"""Goals: how often nothing is found for questions without an answer, far ones and near misses."""
GOALS: dict[str, float] = {
    **dict.fromkeys(PRESENT, RECALL),
    "far": FAR_RIGHT,
    **dict.fromkeys(NEAR, NEAR_RIGHT),
}
FIRST_SEED = 9001
SHARES = (1, 4)
"""Each library is learned from as a whole and by its first quarter: libraries grow. The goals are
those of the whole ones."""


def fit_drawn(encoder: Encoder, libraries: int, scenes: int, each: int) -> Fit:
    """A fit on so many drawn libraries of so many scenes, `each` questions of every sort to each.

    Raises `ModelError` where the encoder tells nothing apart.
    """
    bank = drawn_bank()
    asked = encoder.encode_texts(bank)
    held = [encoded(encoder, "train", FIRST_SEED + i, scenes, each) for i in range(libraries)]
    known = [
        replace(one, sort=one.sort if share == 1 else f"{one.sort} of a part")
        for library in held
        for share in SHARES
        for one in examples(library, asked, scenes // share)
    ]
    scale = fit_scale(np.concatenate([beside(library) for library in held]))
    found = fit(known, GOALS, scale=scale, bank=bank)
    if found is None:
        raise ModelError(f"{encoder.name} does not tell drawn scenes apart", "train it first")
    return found


def main() -> None:
    """Parse the command line, fit, and write beside the weights or to --out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--libraries", type=int, default=3)
    parser.add_argument("--scenes", type=int, default=2000)
    parser.add_argument("--each", type=int, default=150, help="questions of each sort a library")
    parser.add_argument("--out", type=Path, help="default: beside the model's weights")
    options = parser.parse_args()
    encoder: Any = load_encoder(options.model)
    found = fit_drawn(encoder, options.libraries, options.scenes, options.each)
    file: Path = options.out or encoder.folder / FILE
    command = f"python -m vladva.indexes.figures.fit_search {shlex.join(sys.argv[1:])}"
    write(file, encoder.fingerprint, {"calibration": found.to_json()}, command)
    shown = {**found.to_json(), "bank": len(found.bank)}
    sys.stdout.write(json.dumps({"file": str(file), **shown}) + "\n")


if __name__ == "__main__":
    main()
