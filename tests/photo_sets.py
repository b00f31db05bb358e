"""Data sets of photographs in their official layouts, small: a photo is a painted number.

Each writer fills a folder and tells which photos each text is true of.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from oracles import Number
from PIL import Image

from vladva.benchmarks.photo_imagenet import labels
from vladva.protocols import Prepared, Vectors

DIM = 1100
Truth = dict[str, set[int]]
"""Text → numbers of the photos that it is true of."""


def paint(path: Path, number: int) -> None:
    """A photo of one pixel; what is in a file is told by its content, not by its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        Image.new("RGB", (1, 1), (number // 256, number % 256, 0)).save(file, "PNG")


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def _sentences(number: int, count: int) -> list[str]:
    return [f"photo {number} in words {i}" for i in range(count)]


def _true(numbers: Sequence[int], count: int) -> Truth:
    return {text: {n} for n in numbers for text in _sentences(n, count)}


def flickr30k(root: Path, n: int) -> Truth:
    rows = []
    for number in range(n + 2):
        split = "train" if number < 2 else "test"
        name = f"{1000 + number}.jpg"
        said = [{"raw": f" {text}\n", "tokens": []} for text in _sentences(number, 5)]
        rows.append({"filename": name, "split": split, "sentences": said, "imgid": number})
        if split == "test":
            paint(root / "flickr30k-images" / name, number)
    write(root / "dataset_flickr30k.json", {"images": rows, "dataset": "flickr30k"})
    return _true(range(2, n + 2), 5)


def coco(root: Path, n: int) -> Truth:
    """Every second photo has six captions; the last of them is never asked for."""
    rows = []
    for number in range(n):
        name = f"COCO_val2014_{number:012d}.jpg"
        said = [{"raw": text} for text in _sentences(number, 5 + number % 2)]
        row = {"filepath": "val2014", "filename": name, "cocoid": number, "split": "test"}
        rows.append({**row, "sentences": said})
        paint(root / "images" / "val2014" / name, number)
    rows.append({**row, "filename": "no.jpg", "cocoid": 9, "split": "restval", "sentences": []})
    write(root / "annotations" / "dataset_coco.json", {"images": rows, "dataset": "coco"})
    return _true(range(n), 5)


def nocaps(root: Path, n: int) -> Truth:
    images = [{"id": 7 * number, "file_name": f"{number:016x}.jpg"} for number in range(n)]
    said = [
        {"image_id": 7 * number, "id": 10 * number + i, "caption": text}
        for i in range(10)
        for number, text in ((number, _sentences(number, 10)[i]) for number in range(n))
    ]
    write(root / "nocaps_val_4500_captions.json", {"images": images, "annotations": said})
    for number, image in enumerate(images):
        paint(root / "val" / str(image["file_name"]), number)
    return _true(range(n), 5)


KINDS = (
    "replace_obj", "replace_att", "replace_rel", "swap_obj", "swap_att", "add_obj", "add_att"
)  # fmt: skip


def sugarcrepe(root: Path, n: int) -> Truth:
    truth: Truth = {}
    for kind in KINDS:
        rows = {}
        for i in range(n):
            good, bad = f"{kind} {i} holds", f"{kind} {i} does not hold"
            rows[str(i)] = {"filename": _val2017(i), "caption": good, "negative_caption": bad}
            truth |= {good: {i}, bad: set()}
        write(root / "sugar-crepe" / "data" / f"{kind}.json", rows)
    _paint_2017(root, n)
    return truth


def sugarcrepe_pp(root: Path, n: int) -> Truth:
    truth: Truth = {}
    for kind in KINDS[:5]:
        rows = []
        for i in range(n):
            one, two, bad = (f"{kind} {i} {what}" for what in ("holds", "is true", "is false"))
            row = {"id": i, "filename": _val2017(i), "caption": one, "caption2": two}
            rows.append({**row, "negative_caption": bad})
            truth |= {one: {i}, two: {i}, bad: set()}
        write(root / "scpp" / "data" / f"{kind}.json", rows)
    _paint_2017(root, n)
    return truth


def _val2017(number: int) -> str:
    return f"{number + 40:012d}.jpg"


def _paint_2017(root: Path, n: int) -> None:
    for i in range(n):
        paint(root / "coco" / "val2017" / _val2017(i), i)


def winoground(root: Path, n: int) -> Truth:
    truth: Truth = {}
    lines = []
    for i in range(n):
        row: dict[str, object] = {"id": i, "tag": "Object"}
        for side in (0, 1):
            row |= {f"image_{side}": f"ex_{i}_img_{side}", f"caption_{side}": f"pair {i} {side}"}
            truth[f"pair {i} {side}"] = {2 * i + side}
            paint(root / "data" / "images" / f"ex_{i}_img_{side}.png", 2 * i + side)
        lines.append(json.dumps(row))
    (root / "data" / "examples.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return truth


def cola(root: Path, n: int) -> Truth:
    truth: Truth = {}
    rows = []
    for i in range(n):
        row = []
        for side in (0, 1):
            name = f"{2_000_000 + 2 * i + side}.jpg"
            row += [f"https://example.org/data/vg_gqa_images/{name}", f"things {i} {side}"]
            truth[f"things {i} {side}"] = {2 * i + side}
            paint(root / "vg_gqa_images" / name, 2 * i + side)
        rows.append(row)
    write(root / "COLA_multiobjects_matching_benchmark.json", rows)
    return truth


def wnid(label: int) -> str:
    return f"n{1_440_000 + label:08d}"


def imagenet(root: Path, n: int = 1) -> Truth:
    """A folder a class, and the names as Kaggle has them. One photo a class."""
    lines = [f"{wnid(label)} thing {label}, Res {label}" for label in range(1000)]
    (root / "LOC_synset_mapping.txt").write_text("\n".join(lines), encoding="utf-8")
    for label in range(1000):
        paint(root / "val" / wnid(label) / f"ILSVRC2012_val_{label:08d}.JPEG", label)
    return imagenet_truth()


def imagenet_truth() -> Truth:
    """What every wording of a class is true of."""
    said = labels([f"thing {label}" for label in range(1000)])
    return {text: {label} for label, texts in enumerate(said) for text in texts}


WRITERS: Mapping[str, Callable[[Path, int], Truth]] = {
    "flickr30k": flickr30k,
    "coco": coco,
    "nocaps": nocaps,
    "sugarcrepe": sugarcrepe,
    "sugarcrepe-pp": sugarcrepe_pp,
    "winoground": winoground,
    "cola": cola,
    "imagenet": imagenet,
}


@dataclass
class Knowing:
    """Knows which photos each text is true of; a text that is true of none is like no photo."""

    truth: Truth
    name: str = "knowing"
    fingerprint: str = "knowing"
    dim: int = DIM
    on_cpu: bool = True
    prepare: Number = field(default_factory=Number)
    batches: list[list[int]] = field(default_factory=list)

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        numbers = [int(one["number"]) for one in pictures]
        self.batches.append(numbers)
        return np.eye(DIM, dtype=np.float32)[numbers]

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), DIM), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[list(self.truth[text]) or [DIM - 1]] = 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        raise NotImplementedError
