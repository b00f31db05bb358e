"""How often the gate is right: runs that teach something, runs that spoil, runs that do nothing.

    python -m vladva.trainer.measure_gate --repeats 20

Each repeat draws 200 scenes whose captions call things by names that mini has never met, as
people call theirs, and trains on 160 of them. Good: as they are. Sabotaged: every picture has
another one's caption. Noise: too little training to matter. One JSON object a run on stdout, then
the rates. Ours.
"""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from vladva.toyland.draw import draw
from vladva.toyland.invent import invent
from vladva.toyland.scene import Scene
from vladva.trainer.events import Summary
from vladva.trainer.run import Settings, start

SCENES, HELD_OUT = 200, 40
WANTED = {"good": "accepted", "sabotaged": "refused", "noise": "undecided"}
_SYLLABLES = ("mo", "zi", "ka", "lu", "ne", "ro", "ti", "pa")


def name_of(kind: str) -> str:
    """A name for a kind of thing, always the same.

    >>> name_of("dog") == name_of("dog") != name_of("cat")
    True
    """
    return "".join(random.Random(kind).choices(_SYLLABLES, k=3))


def caption(scene: Scene) -> str:
    """What is there, by our names."""
    return " and ".join(f"a {thing.colour} {name_of(thing.kind)}" for thing in scene.things)


def trial(kind: str, seed: int, steps: int) -> Summary:
    """Draw, train, judge."""
    scenes = [invent("train", 1_000_000 + seed, index) for index in range(SCENES)]
    said = [caption(scene) for scene in scenes]
    told, held = said[:-HELD_OUT], said[-HELD_OUT:]
    if kind == "sabotaged":
        random.Random(seed).shuffle(told)
    with tempfile.TemporaryDirectory(prefix="vladva-gate-") as scratch:
        folder = Path(scratch)
        for index, scene in enumerate(scenes):
            draw(scene, 112).save(folder / f"{index}.png")
        _write(folder / "train.jsonl", told, 0)
        _write(folder / "held.jsonl", held, len(told))
        length = (
            ("optim.steps=1", "optim.lr=1e-7") if kind == "noise" else (f"optim.steps={steps}",)
        )
        changes = ("data.held_out_file=held.jsonl", f"run.seed={seed}", *length)
        *_, last = start(Settings(folder / "train.jsonl", folder / "out", changes=changes))
    assert isinstance(last, Summary)
    return last


def _write(file: Path, captions: Sequence[str], first: int) -> None:
    rows = ({"image": f"{first + i}.png", "short": said} for i, said in enumerate(captions))
    file.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--steps", type=int, default=60)
    options = parser.parse_args()
    found: dict[str, Counter[str]] = {kind: Counter() for kind in WANTED}
    for seed in range(options.repeats):
        for kind in WANTED:
            summary = trial(kind, seed, options.steps)
            found[kind][str(summary.verdict)] += 1
            _say(kind=kind, seed=seed, verdict=summary.verdict, reason=summary.reason)
    for kind, wanted in WANTED.items():
        _say(kind=kind, wanted=wanted, right=found[kind][wanted], of=options.repeats)


if __name__ == "__main__":
    main()
