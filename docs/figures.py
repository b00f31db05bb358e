"""Remake the paper's figures 2 to 7 for `mini`, with the command line alone.

    python docs/figures.py

Draws held-out scenes, then lets `vladva prompts` and `vladva inspect` draw. The pictures go to
`docs/figures/`; what they show beside the paper's is written by hand in `docs/figures.md`.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PLACE = Path(__file__).parent / "figures"
SCENES, SEED, JUDGED = 400, 7, 300
SHOWN = "scene_00003.jpg"
"""The picture that is looked into: it has three things of three colours."""


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
        vladva("inspect", f"scenes/{SHOWN}", "--model", "mini", "--out", "made", cwd=here)
        PLACE.mkdir(exist_ok=True)
        for drawn in sorted((here / "made").glob("*.png")):
            shutil.copy(drawn, PLACE / drawn.name)


if __name__ == "__main__":
    main()
