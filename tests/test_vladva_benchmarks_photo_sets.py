"""Benchmarks of photographs in their official layouts: who knows all scores 100, else chance."""

import shutil
from pathlib import Path

import pytest
from oracles import Ignorant, without_generator
from photo_sets import KINDS, WRITERS, Knowing, Truth, imagenet_truth, paint, wnid

from vladva.benchmarks import photo_cola, photo_sugarcrepe, photo_sugarcrepe_pp
from vladva.benchmarks.album import Album
from vladva.benchmarks.registry import Models, Setup, find, run
from vladva.errors import DataError

COUNTS = {"winoground": 150, "cola": 150, "imagenet": 1}
RETRIEVAL = {
    "image_R@1": 2.5, "image_R@5": 12.5, "image_R@10": 25,
    "text_R@1": 2.5, "text_R@5": 12, "text_R@10": 24,
}  # fmt: skip
CHANCE = {
    "flickr30k": RETRIEVAL,
    "coco": RETRIEVAL,
    "nocaps": RETRIEVAL,
    "sugarcrepe": {"mean": 50},
    "sugarcrepe-pp": {"ITT": 100 / 3, "TOT": 100 / 3},
    "winoground": {"text": 25, "image": 25, "group": 100 / 6},
    "cola": {"image": 25},
    "imagenet": {"top1": 0.1, "top5": 0.5},
}
"""In percent; retrieval is among 40 photos."""


def count(name: str) -> int:
    return COUNTS.get(name, 40)


def knowing(truth: Truth) -> Models:
    return Models(Knowing(truth), without_generator)


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_an_encoder_that_knows_all_scores_100(name: str, tmp_path: Path) -> None:
    truth = WRITERS[name](tmp_path, count(name))
    found = run(name, knowing(truth), Setup(count=count(name), data=tmp_path))
    assert find(name).primary_metric in found
    assert found == dict.fromkeys(found, 100.0)


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_an_encoder_that_knows_nothing_scores_as_chance_would(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path, count(name))
    setup = Setup(count=count(name), data=tmp_path)
    found = run(name, Models(Ignorant(), without_generator), setup)
    for metric, value in CHANCE[name].items():
        assert found[metric] == pytest.approx(value, abs=12), metric


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_a_part_is_scored_only_where_so_many_are_asked_for(name: str, tmp_path: Path) -> None:
    truth = WRITERS[name](tmp_path, 3)
    with pytest.raises(DataError, match=f"{name} is not whole: ") as caught:
        run(name, knowing(truth), Setup(data=tmp_path))
    assert "--count N scores the first N" in caught.value.hint
    with pytest.raises(DataError, match="is not whole"):
        run(name, knowing(truth), Setup(data=tmp_path, count=4))


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_without_a_folder_and_with_an_empty_one_it_says_what_it_needs_and_from_where(
    name: str, tmp_path: Path
) -> None:
    for setup in (Setup(), Setup(data=tmp_path)):
        with pytest.raises(DataError) as caught:
            run(name, knowing({}), setup)
        assert caught.value.hint.count("https://") >= 2
        assert any(
            word in caught.value.hint for word in ("research use", "CC BY", "MIT", "licences")
        )
        assert "--data DIR" in caught.value.hint


@pytest.mark.parametrize("name", sorted(set(WRITERS) - {"imagenet"}))
def test_photos_that_are_missing_are_counted_and_named(name: str, tmp_path: Path) -> None:
    truth = WRITERS[name](tmp_path, 9)
    there = sorted(p for p in tmp_path.rglob("*") if p.suffix in {".jpg", ".png"})
    for path in there[:7]:
        path.unlink()
    with pytest.raises(DataError) as caught:
        run(name, knowing(truth), Setup(count=9, data=tmp_path))
    assert f"7 of {len(there)} photos" in caught.value.message
    assert there[0].stem in caught.value.message
    assert "and 2 more" in caught.value.message
    assert "https://" in caught.value.hint


def test_all_texts_that_are_missing_are_named_at_once(tmp_path: Path) -> None:
    truth = WRITERS["sugarcrepe"](tmp_path, 2)
    for kind in ("add_obj", "swap_att"):
        next(tmp_path.rglob(f"{kind}.json")).unlink()
    with pytest.raises(DataError, match=r"no swap_att\.json, no add_obj\.json"):
        run("sugarcrepe", knowing(truth), Setup(count=2, data=tmp_path))


def test_one_folder_may_hold_all_of_them(tmp_path: Path) -> None:
    for name in ("sugarcrepe", "sugarcrepe-pp", "coco", "nocaps", "winoground", "cola"):
        truth = WRITERS[name](tmp_path, 4)
        found = run(name, knowing(truth), Setup(count=4, data=tmp_path))
        assert found == dict.fromkeys(found, 100.0), name


def test_cocos_photos_are_found_in_the_folders_of_2017_too(tmp_path: Path) -> None:
    truth = WRITERS["coco"](tmp_path, 12)
    for number in range(12):
        folder = tmp_path / ("train2017" if number % 2 else "val2017")
        paint(folder / f"{number:012d}.jpg", number)
    shutil.rmtree(tmp_path / "images")
    found = run("coco", knowing(truth), Setup(count=12, data=tmp_path))
    assert found == dict.fromkeys(found, 100.0)


def test_only_five_captions_of_a_photo_are_asked_for(tmp_path: Path) -> None:
    truth = WRITERS["nocaps"](tmp_path, 4)
    encoder = Knowing(truth)
    run("nocaps", Models(encoder, without_generator), Setup(count=4, data=tmp_path))
    assert len(truth) == 20  # a sixth caption would be a text that the encoder does not know


def test_a_file_of_another_shape_is_named(tmp_path: Path) -> None:
    for content in ("{}", "[1]", "no json", '{"images": [{"split": "test"}]}'):
        (tmp_path / "dataset_flickr30k.json").write_text(content)
        with pytest.raises(DataError, match=r"dataset_flickr30k\.json is not one of Karpathy's"):
            run("flickr30k", knowing({}), Setup(count=2, data=tmp_path))


def test_a_photo_with_too_few_captions_is_an_error(tmp_path: Path) -> None:
    truth = WRITERS["flickr30k"](tmp_path, 3)
    file = tmp_path / "dataset_flickr30k.json"
    file.write_text(file.read_text().replace(" photo 3 in words 4\\n", " "))
    with pytest.raises(DataError, match=r"1 photos have not 5 captions: 1003\.jpg"):
        run("flickr30k", knowing(truth), Setup(count=3, data=tmp_path))


@pytest.mark.parametrize(
    ("name", "home"), [("sugarcrepe", "sugar-crepe"), ("sugarcrepe-pp", "scpp")]
)
def test_copies_of_a_file_of_sugarcrepe_must_be_the_same(
    name: str, home: str, tmp_path: Path
) -> None:
    truth = WRITERS[name](tmp_path, 3)
    file = tmp_path / home / "data" / "swap_att.json"
    copy = tmp_path / "a" / "swap_att.json"
    copy.parent.mkdir()
    shutil.copy(file, copy)
    setup = Setup(count=3, data=tmp_path)
    assert set(run(name, knowing(truth), setup).values()) == {100.0}
    copy.write_text(file.read_text() + " ")
    with pytest.raises(DataError, match=r"swap_att\.json is there several times"):
        run(name, knowing(truth), setup)


def flat(root: Path) -> None:
    """All of ImageNet's validation photos in one folder, as they come."""
    for label in range(1000):
        paint(root / "ILSVRC2012_img_val" / f"ILSVRC2012_val_{label:08d}.JPEG", label)


@pytest.mark.parametrize("listed", ["LOC_val_solution.csv", "val.txt"])
@pytest.mark.parametrize("names", ["synset_words.txt", "imagenet_class_index.json"])
def test_imagenet_in_one_folder_goes_by_a_list(listed: str, names: str, tmp_path: Path) -> None:
    flat(tmp_path)
    if listed == "val.txt":
        lines = [f"ILSVRC2012_val_{n:08d}.JPEG {n}" for n in reversed(range(1000))]
    else:
        rows = [f"ILSVRC2012_val_{n:08d},{wnid(n)} 1 2 3 4 {wnid(n)} 5 6 7 8" for n in range(1000)]
        lines = ["ImageId,PredictionString", *rows]
    (tmp_path / listed).write_text("\n".join(lines))
    if names.endswith(".txt"):
        named = "\n".join(f"{wnid(n)} thing {n}, other" for n in range(1000))
    else:
        pairs = (f'"{n}": ["{wnid(n)}", "thing_{n}"]' for n in range(1000))
        named = "{" + ", ".join(pairs) + "}"
    (tmp_path / names).write_text(named)
    found = run("imagenet", knowing(imagenet_truth()), Setup(count=1, data=tmp_path))
    assert found == {"top1": 100.0, "top5": 100.0}


def test_imagenets_training_photos_are_not_taken_for_those_of_validation(tmp_path: Path) -> None:
    truth = WRITERS["imagenet"](tmp_path, 1)
    for label in range(3):
        paint(tmp_path / "train" / wnid(label) / "a.JPEG", 999)
    found = run("imagenet", knowing(truth), Setup(count=1, data=tmp_path))
    assert found["top1"] == 100.0
    (tmp_path / "val").rename(tmp_path / "some")
    with pytest.raises(DataError, match="folders by wnid are in") as caught:
        run("imagenet", knowing(truth), Setup(count=1, data=tmp_path))
    assert "call it val" in caught.value.hint


def test_imagenet_with_fewer_classes_is_another_task(tmp_path: Path) -> None:
    truth = WRITERS["imagenet"](tmp_path, 1)
    names = tmp_path / "LOC_synset_mapping.txt"
    names.write_text("\n".join(names.read_text().splitlines()[:999]))
    with pytest.raises(DataError, match="names 999 of 1,000 classes"):
        run("imagenet", knowing(truth), Setup(count=1, data=tmp_path))


def test_imagenet_in_one_folder_without_a_list_says_what_would_help(tmp_path: Path) -> None:
    WRITERS["imagenet"](tmp_path, 1)
    shutil.rmtree(tmp_path / "val")
    flat(tmp_path)
    with pytest.raises(DataError, match="no folders by wnid") as caught:
        run("imagenet", knowing({}), Setup(count=1, data=tmp_path))
    assert "development kit" in caught.value.hint


def test_the_official_texts_load_whole(shared_data: Path) -> None:
    setup = Setup(data=shared_data / "benchmarks")
    crepe = photo_sugarcrepe.items(setup, album := Album(setup, photo_sugarcrepe.ORIGIN))
    assert len(crepe) == 7511
    assert crepe[0].kind == KINDS[0]
    assert crepe[0].negative == "Several toy animals - a bull, giraffe, snake and parakeet."
    with pytest.raises(DataError, match="photos are not below"):
        album.photos()
    triples = photo_sugarcrepe_pp.items(setup, Album(setup, photo_sugarcrepe_pp.ORIGIN))
    assert len(triples) == 4757
    assert triples[0].p1 == crepe[0].positive
    assert triples[0].p2.startswith("There are several toy animals, including a bull")
    pairs = photo_cola.items(setup, Album(setup, photo_cola.ORIGIN))
    assert len(pairs) == 210
    assert pairs[0].texts[1] == "brown giraffe behind tall white giraffe"
