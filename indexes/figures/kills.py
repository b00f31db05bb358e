"""What kill -9 leaves of a library, again and again.

    python -m vladva.indexes.figures.kills --kills 200 --seed 0

A run over made photos is killed at seeded moments (`kill_child.Spot`): most at an event with work
pending, some inside a commit, a merge, a migration or the making of a library. After each kill the
library must open, know all that it told, and hold no row that disagrees with its photo; at the end
a run completes, and rows and vectors equal those of an undisturbed run. One JSON object on stdout.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Measure and write it to stdout; exit code 1 where anything went wrong."""
    from vladva.indexes.figures.killing import (
        measure,  # not for the processes that import this file again
    )

    parser = argparse.ArgumentParser(description="Kill indexing runs, and look what they leave.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        figure = measure(asked.kills, asked.seed, Path(place))
    sys.stdout.write(json.dumps(figure) + "\n")
    raise SystemExit(bool(figure["failures"]))


if __name__ == "__main__":
    main()
