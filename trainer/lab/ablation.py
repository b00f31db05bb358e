"""The paper's findings on the micro model: every row with every seed, paired, in one command.

    python -m vladva.trainer.lab.ablation runs/micro --size-search
    python -m vladva.trainer.lab.ablation runs/micro --seeds 5 --items 2000
    python -m vladva.trainer.lab.ablation runs/micro --report
    python -m vladva.trainer.lab.ablation runs/micro-qwen2_vl --backbone qwen2_vl --size-search
    python -m vladva.trainer.lab.ablation runs/micro-qwen2_vl --backbone qwen2_vl --rows zero,both

The first decides once, and writes to `ablation/size.json`, how much data all rows are given; no row
is run before. One seed gives every row the same scenes in the same order, and the same items.
Results go to `ablation/results.jsonl`, a line each. Goes on where it was stopped, whenever. Ours.
"""

import argparse
import json
import multiprocessing
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from vladva.adapters import Adapter, attach
from vladva.encoders.lvlm import LvlmEncoder
from vladva.errors import ConfigError
from vladva.trainer.lab import joint
from vladva.trainer.lab.ablation_base import SHAPE_OF, BasePlan, ensure
from vladva.trainer.lab.ablation_exams import exams_of
from vladva.trainer.lab.ablation_report import report
from vladva.trainer.lab.ablation_rows import ROWS, SIZED_BY, AblationRow, row_of
from vladva.trainer.lab.ablation_size import FILE, SEED, chosen, search

RESULTS = "results.jsonl"
STAGES = tuple(field.name for field in fields(BasePlan) if field.name != "backbone")
COMMAND = "python -m vladva.trainer.lab.ablation"
Result = dict[str, Any]


@dataclass(frozen=True)
class Ablation:
    """A base in `folder`, and so many items of each kind to judge its rows by."""

    folder: Path
    backbone: str
    items: int
    workers: int = 1

    @cached_property
    def base(self) -> str:
        """The fingerprint of the base that is there."""
        return joint.load(self.folder / "base").base["fingerprint"]

    @property
    def place(self) -> Path:
        """Where everything of it goes."""
        return self.folder / "ablation"

    def run(self, seeds: list[int], rows: Sequence[AblationRow] = ()) -> None:
        """Every row (or these), every seed that has no result yet.

        Raises `ConfigError` where no size is set.
        """
        scenes = chosen(self.place, self.base)
        if scenes is None:
            raise self.unsized()
        for seed in seeds:
            for row in rows or ROWS:
                if not self._has(row, seed, scenes):
                    self._keep(self.result(row, seed, scenes, f"{row.name}-{seed}-{scenes}"))

    def unsized(self) -> ConfigError:
        """Why nothing is run yet, and what to do."""
        return ConfigError(
            f"how much data the rows are given was not chosen for the base in {self.folder}",
            f"first run: {COMMAND} {self.folder} --backbone {self.backbone} --size-search",
        )

    def search(self) -> None:
        """Choose the size of data."""

        def swap(scenes: int) -> float:
            result = self.result(row_of(SIZED_BY), SEED, scenes, f"size-{scenes}")
            return float(result["metrics"]["swap"])

        search(self.place, self.base, swap)

    def result(self, row: AblationRow, seed: int, scenes: int, name: str) -> Result:
        """Train a row, and judge it."""
        out = self.place / re.sub(r"[^a-z0-9]+", "-", name)
        losses: dict[str, float] = {}
        encoder = joint.load(self.folder / "base")
        if row.recipe is not None:
            recipe = replace(row.recipe, scenes=scenes, seed=seed)
            stage = joint.Stage(self.folder, self.workers, scored=0, every=scenes)
            stage.train(recipe, out, out / "adapter")
            losses = _last_losses(out / "joint.jsonl")
            tune(encoder, out / "adapter")
        composed = row.recipe is not None and row.recipe.edits > 0
        exams = exams_of(seed, self.items)
        return {
            **self._key(row, seed, scenes),
            "losses": losses,
            "metrics": exams.take(encoder, self.place / "seen", edits=composed),
        }

    def _key(self, row: AblationRow, seed: int, scenes: int) -> Result:
        """What a result is of: another base, size or exam is another one."""
        return {
            "row": row.name,
            "backbone": self.backbone,
            "seed": seed,
            "scenes": scenes,
            "items": self.items,
            "base": self.base,
            "exam": exams_of(seed, self.items).digest,
        }

    def _has(self, row: AblationRow, seed: int, scenes: int) -> bool:
        key = self._key(row, seed, scenes)
        return any(key.items() <= line.items() for line in results(self.place / RESULTS))

    def _keep(self, result: Result) -> None:
        """One line behind all others; a line that a kill cut short stays alone."""
        place = self.place / RESULTS
        place.parent.mkdir(parents=True, exist_ok=True)
        before = place.read_bytes() if place.exists() else b""
        gap = "\n" if before and not before.endswith(b"\n") else ""
        with place.open("a", encoding="utf-8") as file:
            file.write(gap + json.dumps(result) + "\n")


def tune(encoder: LvlmEncoder, adapter: Path) -> None:
    """Put an adapter on a fresh base for good: merged, since exams are most of a row's time."""
    attach(encoder.model, adapter, encoder.base)
    put = encoder.model.adapter
    assert isinstance(put, Adapter)
    for layer in put.lora_layers():
        layer.merge()


def results(file: Path) -> Iterator[Result]:
    """The whole lines of what was found; nothing where there is no file."""
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def alike(found: Sequence[Result]) -> list[Result]:
    """The most runs of one base, size and count of items, each seed's of its last exam.

    Others are no pairs of them. Of as many, the last ones.
    """
    shared = ("backbone", "base", "scenes", "items")
    groups: dict[tuple[Any, ...], list[Result]] = {}
    for each in found:
        groups.setdefault(tuple(each.get(key) for key in shared), []).append(each)
    last_first = reversed(list(groups.values()))
    most = max(last_first, key=lambda one: len({(r["row"], r["seed"]) for r in one}), default=[])
    last = {each["seed"]: each.get("exam") for each in most}
    return [each for each in most if each.get("exam") == last[each["seed"]]]


def _last_losses(journal: Path) -> dict[str, float]:
    """The means that the last steps told: a contrast near 0 has collapsed."""
    last = [line for line in results(journal) if line["event"] == "step"][-1]
    names = ("contrastive", "autoregressive", "text_text", "edits", "scale")
    return {name: last[name] for name in names if name in last}


def main() -> None:
    """Parse the command line; make, choose, run or report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backbone", choices=SHAPE_OF, default="llava")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", type=int, help="one seed alone, beside others on other cores")
    parser.add_argument("--rows", default=",".join(row.name for row in ROWS), help="some of them")
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=min(multiprocessing.cpu_count(), 8))
    parser.add_argument("--size-search", action="store_true", help="choose how much data there is")
    parser.add_argument("--base-only", action="store_true", help="make the base, run nothing")
    parser.add_argument("--report", action="store_true", help="what was found, as tables")
    for name in STAGES:
        parser.add_argument(f"--{name}", type=int, default=getattr(BasePlan, name))
    given = parser.parse_args()
    ablation = Ablation(given.folder, given.backbone, given.items, min(given.workers, 4))
    if given.report:
        sys.stdout.write(report(alike(list(results(ablation.place / RESULTS)))))
        return
    if not (given.base_only or given.size_search or (ablation.place / FILE).exists()):
        raise ablation.unsized()
    plan = BasePlan(given.backbone, **{name: getattr(given, name) for name in STAGES})
    ensure(given.folder, plan, given.workers)
    if given.base_only:
        return
    if given.size_search:
        ablation.search()
        return
    seeds = list(range(given.seeds)) if given.only is None else [given.only]
    ablation.run(seeds, [row_of(name.strip()) for name in given.rows.split(",")])


if __name__ == "__main__":
    main()
