"""What a folder of broken, hostile and odd pictures does to a run: counts, and memory.

    python -m vladva.indexes.figures.odd ../shared/data/odd_images

Indexes it into a library that is thrown away. One JSON object on stdout. Ours.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # children import this file again: nothing heavy at its top
    from vladva.protocols import Encoder


@dataclass(frozen=True)
class Odd:
    """What became of the files of a folder."""

    files: int
    indexed: int
    copies: int
    skipped: int
    hung: int
    """Of those skipped: they took too long."""
    crashed: int
    """Of those skipped: they ended the process that decoded them."""
    peak_bytes: int
    """The most that this process and its decode children held beside the loaded model."""
    seconds: float


def measure(encoder: "Encoder", folder: Path) -> Odd:
    """Index a folder with an encoder that is loaded already. Raises `Unsupported`, not on Linux."""
    from vladva.indexes.events import Skipped, Summary
    from vladva.indexes.footprint import Peak
    from vladva.indexes.library import Library
    from vladva.indexes.pipeline import index_folders

    reasons: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="vladva-odd-") as scratch, Peak() as peak:
        before = peak.bytes
        with Library.open(Path(scratch) / "library", create=True) as library:
            for event in index_folders(library, encoder, [folder]):
                if isinstance(event, Skipped):
                    reasons["hung"] += "took longer" in event.reason
                    reasons["crashed"] += "crashed" in event.reason or "killed" in event.reason
    assert isinstance(event, Summary)
    return Odd(
        files=sum(path.is_file() for path in folder.rglob("*")),
        indexed=event.indexed,
        copies=event.copies,
        skipped=event.skipped,
        hung=reasons["hung"],
        crashed=reasons["crashed"],
        peak_bytes=peak.bytes - before,
        seconds=event.seconds,
    )


def main() -> None:
    """Parse the command line and measure."""
    from vladva.encoders import load_encoder

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="mini")
    options = parser.parse_args()
    found = measure(load_encoder(options.model), options.folder)
    sys.stdout.write(json.dumps(asdict(found)) + "\n")


if __name__ == "__main__":
    main()
