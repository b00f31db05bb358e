"""ImageNet zero-shot: 50,000 validation photos, each told by the nearest of 1,000 classes.

A class is said in a few wordings of our own (the paper gives no template). All classes stand for
choice, however few photos are asked for. Refuses to know the protocol (`classify`) and the layouts
of files (`imagenet_files`).
"""

from functools import partial
from pathlib import Path

from vladva.benchmarks import classify as protocol
from vladva.benchmarks.album import Album
from vladva.benchmarks.classify import Item
from vladva.benchmarks.imagenet_files import CLASSES, EACH, ORIGIN, class_names, truth
from vladva.benchmarks.photos import PhotoExam, photo_benchmark
from vladva.benchmarks.registry import Setup

WORDINGS = (
    "{a} {x}",
    "a photo that shows {a} {x}",
    "a close view of {a} {x}",
    "{a} {x} in its surroundings",
    "one {x} among other things",
    "a dim or blurred photo of {a} {x}",
    "a drawing or a model of {a} {x}",
)
"""Ours. A class scores the mean of its scores in all of them."""


def labels(names: list[str]) -> list[list[str]]:
    """Each class in every wording."""
    return [[_said(wording, name) for wording in WORDINGS] for name in names]


def _said(wording: str, name: str) -> str:
    article = "an" if name[:1].lower() in "aeiou" else "a"
    return wording.format(a=article, x=name)


def load(setup: Setup) -> PhotoExam[Item]:
    """The exam; with `count`, of the first so many photos of each class."""
    album = Album(setup, ORIGIN)
    names = class_names(album)
    photos = truth(album, names)
    each = {f"{wnid} ({names[wnid]})": (len(own), EACH) for wnid, own in photos.items()}
    album.whole(setup, each)
    wanted = [
        (label, photo) for label, own in enumerate(photos.values()) for photo in own[: setup.count]
    ]
    listed = not Path(wanted[0][1]).is_absolute()
    number = [album.number(photo) if listed else place for place, (_, photo) in enumerate(wanted)]
    items = [Item(at, label) for at, (label, _) in zip(number, wanted, strict=True)]
    found = album.photos() if listed else [Path(photo) for _, photo in wanted]
    return PhotoExam(found, items, partial(protocol.wins, labels(list(names.values()))))


BENCHMARK = photo_benchmark(
    "imagenet",
    load,
    summary="which of 1,000 classes is it, 50,000 validation photos",
    primary_metric="top1",
    count=CLASSES * EACH,
    largest=EACH,
)
