"""The paper's figures, as its tables have them: what a benchmark's protocol gave on photographs.

The tables lie beside this file as they were published, row by row. Refuses to know our figures:
a figure of the paper stands beside one of ours, it is never mixed with it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from vladva.unloadable import UNLOADABLE

_DRAWN = "toyland-"
_METRICS = frozenset({"text", "image", "group", "top1", "top5"})
PAPER_ONLY = frozenset(one.system for one in UNLOADABLE.values() if not one.hint)
"""Systems whose figures are the paper's alone: no public checkpoint of theirs can be loaded."""
_PHOTO_SETS = {"flickr30k": "Flickr30K", "coco": "COCO", "nocaps": "nocaps"}


@dataclass(frozen=True)
class PaperTable:
    """One table of one protocol. `rows`: system → metric → percent; metrics named as ours are.

    What the paper does not give is absent.
    """

    title: str
    rows: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Ablation:
    """A row of the paper's Table 4: what was switched on, and what it gave in percent."""

    soft_prompt: bool
    lora: bool
    autoregressive: bool
    metrics: Mapping[str, float]


def source() -> str:
    """Where the figures come from, in words."""
    return str(_tables()["source"]).partition(";")[0]


def paper_tables(benchmark: str) -> tuple[PaperTable, ...]:
    """The tables of a benchmark's protocol, drawn or not; none where the paper has no such one.

    >>> [table.title for table in paper_tables("toyland-winoground")]
    ['Winoground']
    """
    protocol = benchmark.removeprefix(_DRAWN)
    if protocol == "retrieval":
        return tuple(_retrieval(name) for name in _PHOTO_SETS)
    if protocol in _PHOTO_SETS:
        return (_retrieval(protocol),)
    made = _OTHERS.get(protocol)
    return () if made is None else (made(),)


def ablation() -> tuple[Ablation, ...]:
    """Table 4: soft prompt, LoRA and next-token loss, on 1M samples, LLaVA-1.5-7B."""
    return tuple(
        Ablation(
            row["soft_prompt"],
            row["lora"],
            row["ar"],
            {name: row[name] for name in row if name not in ("soft_prompt", "lora", "ar")},
        )
        for row in _tables()["table_4_ablation_1m"]
    )


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    file = Path(__file__).with_name("paper.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _retrieval(photos: str) -> PaperTable:
    def metrics(row: Mapping[str, Any]) -> Iterable[tuple[str, float | None]]:
        for side in ("image", "text"):
            for name, value in row[f"{side}_retrieval"][photos].items():
                yield f"{side}_{name}", value

    names = ("table_1_retrieval", "table_5_retrieval_backbones")
    return _table(f"{_PHOTO_SETS[photos]} retrieval", names, metrics)


def _sugarcrepe() -> PaperTable:
    def metrics(row: Mapping[str, Any]) -> Iterable[tuple[str, float | None]]:
        return ((name, row[name]) for name in row if name not in ("system", "params_b"))

    names = ("table_2_sugarcrepe", "table_6_sugarcrepe_backbones")
    return _table("SugarCrepe", names, metrics)


def _sugarcrepe_pp() -> PaperTable:
    def metrics(row: Mapping[str, Any]) -> Iterable[tuple[str, float | None]]:
        for kind, both in row.items():
            if isinstance(both, dict):
                yield from ((f"{kind}_{test}", value) for test, value in both.items())

    names = ("table_3_sugarcrepe_pp", "table_7_sugarcrepe_pp_backbones")
    return _table("SugarCrepe++", names, metrics)


def _plain(title: str, name: str) -> Callable[[], PaperTable]:
    def metrics(row: Mapping[str, Any]) -> Iterable[tuple[str, float | None]]:
        return ((name, row[name]) for name in row if name in _METRICS)

    return lambda: _table(title, (name,), metrics)


_OTHERS: dict[str, Callable[[], PaperTable]] = {
    "sugarcrepe": _sugarcrepe,
    "sugarcrepe-pp": _sugarcrepe_pp,
    "winoground": _plain("Winoground", "table_8_winoground"),
    "imagenet": _plain("ImageNet zero-shot", "table_9_imagenet"),
    "classify": _plain("ImageNet zero-shot", "table_9_imagenet"),
}


def _table(
    title: str,
    names: Iterable[str],
    metrics: Callable[[Mapping[str, Any]], Iterable[tuple[str, float | None]]],
) -> PaperTable:
    """The tables of these names as one; a system on other data has that beside its name."""
    rows: dict[str, dict[str, float]] = {}
    for row in (row for table in names for row in _tables()[table]):
        figures = {name: float(value) for name, value in metrics(row) if value is not None}
        system = str(row["system"])
        if rows.get(system, figures) != figures:
            system = f"{system}, {row['data']}"
        rows[system] = figures
    return PaperTable(title, rows)
