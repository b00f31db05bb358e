"""ImageNet's files: names that several classes go by, places in a list, and folders by any path."""

import json
from pathlib import Path

import pytest
from oracles import without_generator
from photo_sets import Knowing, Truth, imagenet, paint, wnid

from vladva.benchmarks.album import Album
from vladva.benchmarks.imagenet_files import ORIGIN, class_names
from vladva.benchmarks.photo_imagenet import labels
from vladva.benchmarks.registry import Models, Setup, run
from vladva.errors import DataError

TWICE = {0: "crane", 1: "crane", 2: "maillot", 3: "maillot, tank suit"}
TWICE |= {4: "cardigan", 5: "Cardigan, Cardigan Welsh corgi"}


def rename(root: Path, named: dict[int, str]) -> list[str]:
    """The file of names with these instead; the names as they are read."""
    lines = [f"{wnid(n)} {named.get(n, f'thing {n}, other {n}')}" for n in range(1000)]
    (root / "LOC_synset_mapping.txt").write_text("\n".join(lines), encoding="utf-8")
    return [*class_names(Album(Setup(data=root), ORIGIN)).values()]


def truth_of(names: list[str]) -> Truth:
    truth: Truth = {}
    for number, texts in enumerate(labels(names)):
        for text in texts:
            truth.setdefault(text, set()).add(number)
    return truth


def top1(root: Path, truth: Truth) -> float:
    models = Models(Knowing(truth), without_generator)
    return run("imagenet", models, Setup(count=1, data=root))["top1"]


def test_classes_of_one_name_go_by_their_next_and_the_others_are_left_alone(tmp_path: Path) -> None:
    named = {**TWICE, 6: "wolf, thing 9", 7: "wolf, timber wolf"}
    names = rename(tmp_path, named)
    assert names[:6] == [
        "crane",
        "crane",
        "maillot",
        "tank suit",
        "cardigan",
        "Cardigan Welsh corgi",
    ]
    assert names[6:8] == ["thing 9", "timber wolf"]
    assert names[9] == "other 9"
    assert names[8] == "thing 8"


def test_who_knows_all_wins_the_classes_that_only_one_name_is_known_of(tmp_path: Path) -> None:
    imagenet(tmp_path)
    assert top1(tmp_path, truth_of(rename(tmp_path, TWICE))) == 100.0


def test_names_that_differ_in_case_alone_are_one_answer(tmp_path: Path) -> None:
    imagenet(tmp_path)
    (tmp_path / "LOC_synset_mapping.txt").unlink()
    named = {0: "Cardigan", 1: "cardigan"}
    pairs = {str(n): [wnid(n), named.get(n, f"thing_{n}")] for n in range(1000)}
    (tmp_path / "imagenet_class_index.json").write_text(json.dumps(pairs))
    truth = truth_of([named.get(n, f"thing {n}") for n in range(1000)])
    both = {text: {0, 1} for text in truth if truth[text] & {0, 1}}  # an encoder of small letters
    assert top1(tmp_path, truth | both) == 100.0


@pytest.mark.parametrize("place", [-1, 1000])
def test_a_place_beyond_the_classes_is_refused(place: int, tmp_path: Path) -> None:
    rename(tmp_path, {})
    paint(tmp_path / "all" / "a.JPEG", 999)
    (tmp_path / "val.txt").write_text(f"a.JPEG {place}\n")
    with pytest.raises(DataError, match=f"{place} is no place of a class: they are 0 to 999"):
        top1(tmp_path, {})


def test_a_relative_folder_gives_each_class_its_own_photos_whatever_they_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    imagenet(tmp_path / "data")
    truth = truth_of(rename(tmp_path / "data", {}))
    for label in range(3):  # numbered anew in each folder
        (photo,) = (tmp_path / "data" / "val" / wnid(label)).iterdir()
        photo.rename(photo.with_name("1.JPEG"))
    monkeypatch.chdir(tmp_path)
    assert top1(Path("data"), truth) == 100.0
