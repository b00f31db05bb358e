"""Measure every figure of docs/evidence.md that is not known yet, and write the page anew.

make evidence                            (hours on two cores; goes on where it was stopped)
python docs/evidence.py --quick          (a trial with a few items, into runs/evidence-quick)
python docs/evidence.py --page-only      (the page from the figures that are there)
"""

import argparse
import sys
from pathlib import Path

import evidence_ablation
import evidence_failures
import evidence_plots
from evidence_figures import QUICK, ROOT, RUNS, Scale, Store, measure
from evidence_page import hand_written, page

from vladva.benchmarks.registry import Setup
from vladva.encoders import load_encoder

FIGURES, PAGE = "evidence.json", "evidence.md"


def say(line: str) -> None:
    """A line about what is going on."""
    sys.stderr.write(line + "\n")


def write(folder: Path, store: Store, pictures: list[str]) -> None:
    """The page, its plots, and what was written by hand as it was."""
    runs = evidence_ablation.read(RUNS)
    pictures += evidence_plots.save_all(store.records, runs["llava"], folder)
    file = folder / PAGE
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    text = page(store.records, runs, pictures, hand_written(before))
    file.write_text(text, encoding="utf-8")


def failures(folder: Path, scale: Scale) -> list[str]:
    """Pictures of what mini gets most wrong."""
    setup = Setup(scale.seed, scale.count)
    encoder = load_encoder("mini")
    lost = evidence_failures.worst_retrievals(encoder, setup)
    taken = evidence_failures.worst_pairs(encoder, setup)
    made = []
    if lost:
        made.append(evidence_failures.draw_retrievals(lost, folder / "evidence_lost.png"))
    if taken:
        made.append(evidence_failures.draw_pairs(taken, folder / "evidence_taken.png"))
    return made


def main() -> None:
    """Parse the command line, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few items only")
    parser.add_argument("--page-only", action="store_true", help="measure nothing")
    parser.add_argument("--out", type=Path, help="default docs/, with --quick runs/evidence-quick/")
    options = parser.parse_args()
    scale = QUICK if options.quick else Scale()
    folder = options.out or (RUNS / "evidence-quick" if options.quick else ROOT / "docs")
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / FIGURES)
    pictures = [file.name for file in folder.glob("evidence_*.png")]
    if not options.page_only:
        measure(store, scale, say)
        say("failures of mini")
        pictures = failures(folder, scale)
    write(folder, store, pictures)
    say(f"wrote {folder / PAGE}")


if __name__ == "__main__":
    main()
