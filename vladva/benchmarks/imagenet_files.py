"""ImageNet's 1,000 classes and 50,000 validation photos, in whichever of the usual layouts.

Names: a line `wnid name, more names` a class, or Keras' `imagenet_class_index.json`. Photos: a
folder a class, named by its wnid; or one folder, and a list of what is on each. Refuses to know
how a class is said to a model.
"""

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from vladva.benchmarks.album import Album, Origin, reading
from vladva.benchmarks.shelf import chosen, files, folders
from vladva.errors import DataError
from vladva.images import IMAGE_SUFFIXES

CLASSES = 1000
EACH = 50
WNID = re.compile(r"n\d{8}")
JSON_NAMES = "imagenet_class_index.json"
NAMES = ("classnames.txt", "LOC_synset_mapping.txt", "synset_words.txt", JSON_NAMES)
"""Files of names, the best wording first."""
SOLUTION, PLACES = "LOC_val_solution.csv", "val.txt"
ORIGIN = Origin(
    "imagenet",
    f"the classes' names, one of {', '.join(NAMES)}, and for photos in one folder {SOLUTION} "
    f"(https://www.kaggle.com/c/imagenet-object-localization-challenge/data) or Caffe's {PLACES}",
    "https://image-net.org/download, ILSVRC2012 validation (after consent, research use only)",
    ("val",),
)
Names = list[str]
"""What a class is called, the usual name first."""
Truth = dict[str, list[str]]
"""wnid → its photos: paths of files, or names that the album looks up."""


def class_names(album: Album) -> dict[str, str]:
    """Wnid → name, in the order of wnids. Raises `DataError` where there are not 1,000.

    Where two are named alike (maillot, Cardigan), those with another name go by that. A file that
    has no other (crane; all of Keras' list) leaves them alike, which `classify` counts as one.
    """
    found = files(album.root, NAMES)
    path = next((path for name in NAMES if (path := chosen(found[name], ()))), None)
    if path is None:
        raise DataError(f"imagenet: below {album.root} there is none of {', '.join(NAMES)}",
                        ORIGIN.hint)  # fmt: skip
    with reading(path, "a list of ImageNet's classes"):
        text = path.read_text(encoding="utf-8")
        named = _of_json(text) if path.name == JSON_NAMES else _of_lines(text)
    if len(named) != CLASSES:
        raise DataError(f"{path} names {len(named):,} of {CLASSES:,} classes", ORIGIN.hint)
    return _told_apart(dict(sorted(named.items())))


def _told_apart(names: Mapping[str, Names]) -> dict[str, str]:
    """Each class by the first of its names that it alone goes by, as far as its names reach."""
    at = dict.fromkeys(names, 0)
    while True:
        shown = {wnid: names[wnid][place] for wnid, place in at.items()}
        often = Counter(name.casefold() for name in shown.values())
        moved = [
            wnid
            for wnid, name in shown.items()
            if often[name.casefold()] > 1 and at[wnid] + 1 < len(names[wnid])
        ]
        if not moved:
            return shown
        for wnid in moved:
            at[wnid] += 1


def _of_lines(text: str) -> dict[str, Names]:
    lines = (line.partition(" ") for line in text.splitlines() if line.strip())
    return {_wnid(wnid): [one.strip() for one in names.split(",")] for wnid, _, names in lines}


def _of_json(text: str) -> dict[str, Names]:
    return {_wnid(wnid): [name.replace("_", " ")] for wnid, name in json.loads(text).values()}


def _wnid(word: str) -> str:
    if not WNID.fullmatch(word):
        raise ValueError(f"{word!r} is no wnid, such as n01440764")
    return word


def truth(album: Album, classes: Iterable[str]) -> Truth:
    """Wnid → the photos of its class, in order, from folders by wnid, else from a list."""
    known = list(classes)
    found = files(album.root, (SOLUTION, PLACES))
    by_class = _by_folder(album.root)
    if by_class:
        return {wnid: by_class.get(wnid, []) for wnid in known}
    for name, read in ((SOLUTION, _solution), (PLACES, _places)):
        path = chosen(found[name], ())
        if path is not None:
            with reading(path, "what is on ImageNet's photos"):
                return _grouped(known, read(path.read_text(encoding="utf-8"), known))
    raise DataError(
        f"imagenet: below {album.root} there are no folders by wnid (n01440764, …), "
        f"no {SOLUTION} and no {PLACES}",
        f"{ORIGIN.hint}\n  The development kit's own list counts classes in an order of its own, "
        "which only its meta.mat tells: sort the photos into folders by wnid",
    )


def _by_folder(root: Path) -> Truth:
    """The folders by wnid that lie in one folder: of validation, where there are also others."""
    parents: dict[Path, list[Path]] = {}
    for folder in folders(root, WNID):
        parents.setdefault(folder.parent, []).append(folder)
    ours = {path: own for path, own in parents.items() if "val" in path.name.lower()} or parents
    if len(ours) > 1:
        raise DataError(
            f"imagenet: folders by wnid are in {', '.join(sorted(map(str, ours)))}",
            "name the folder of validation with --data, or call it val",
        )
    return {folder.name: _pictures(folder) for own in ours.values() for folder in own}


def _pictures(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(e.path for e in entries if Path(e.name).suffix.lower() in IMAGE_SUFFIXES)


def _solution(text: str, _known: list[str]) -> dict[str, str]:
    """Kaggle: `ImageId,PredictionString`, the latter beginning with the wnid."""
    rows = csv.DictReader(text.splitlines())
    return {row["ImageId"]: row["PredictionString"].split()[0] for row in rows}


def _places(text: str, known: list[str]) -> dict[str, str]:
    """Caffe: `file place`, places counted from 0 in the order of wnids."""
    rows = (line.split() for line in text.splitlines() if line.strip())
    return {name: known[_place(place)] for name, place in rows}


def _place(word: str) -> int:
    place = int(word)
    if not 0 <= place < CLASSES:
        raise ValueError(f"{place} is no place of a class: they are 0 to {CLASSES - 1}")
    return place


def _grouped(known: list[str], of_photo: Mapping[str, str]) -> Truth:
    found: Truth = {wnid: [] for wnid in known}
    for name, wnid in sorted(of_photo.items()):
        found[wnid].append(name)
    return found
