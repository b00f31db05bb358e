"""Remake the paper's figures 2 to 7 for `mini`, with the command line alone.

    python docs/figures.py

Draws held-out scenes, then lets `vladva prompts` and `vladva inspect` draw. The pictures go to
`docs/figures/`; what they show beside the paper's is written by hand in `docs/figures.md`.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PLACE = Path(__file__).parent / "figures"
SCENES, SEED, JUDGED = 400, 7, 300


def shown(scenes: Path) -> str:
    """The picture that is looked into: the first of three kinds in three colours."""
    for line in (scenes / "scenes.jsonl").read_text(encoding="utf-8").splitlines():
        scene = json.loads(line)
        things = scene["things"]
        kinds, colours = ({thing[part] for thing in things} for part in ("kind", "colour"))
        if len(things) == len(kinds) == len(colours) == 3:
            return str(scene["image"])
    raise SystemExit(f"{scenes} has no picture of three kinds in three colours.")


def vladva(*words: str, cwd: Path) -> None:
    """Run one command of the program."""
    subprocess.run([sys.executable, "-m", "vladva.app", *words], check=True, cwd=cwd)  # noqa: S603 - our own program


def main() -> None:
    """Draw, measure, and keep the PNGs."""
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        vladva("toyland", "scenes", "--count", str(SCENES), "--seed", str(SEED), cwd=here)
        limit = ("--limit", str(JUDGED))
        vladva("prompts", "scenes", "--model", "mini", *limit, "--out", "made", cwd=here)
        picture = f"scenes/{shown(here / 'scenes')}"
        vladva("inspect", picture, "--model", "mini", "--out", "made", cwd=here)
        PLACE.mkdir(exist_ok=True)
        for drawn in sorted((here / "made").glob("*.png")):
            shutil.copy(drawn, PLACE / drawn.name)


if __name__ == "__main__":
    main()
