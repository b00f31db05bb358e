"""Photos on their way to the encoder: once each, in order, resumed, and asked in stage two."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from oracles import without_generator
from photo_sets import WRITERS, Knowing, paint

from vladva.benchmarks import photos
from vladva.benchmarks.kept import Kept
from vladva.benchmarks.photos import AT_ONCE, encode_photos
from vladva.benchmarks.registry import Models, Setup, check, run, run_verified, silent
from vladva.benchmarks.sugarcrepe import KINDS
from vladva.errors import ConfigError, DataError, ImageError, Unsupported
from vladva.images import open_image
from vladva.indexes.ranking.fuse import Fusion
from vladva.indexes.ranking.texts import QueryJudge
from vladva.protocols import Prepared, Style, Vectors

JUDGE = QueryJudge(Fusion())
MANY = 2 * AT_ONCE + 7


@pytest.fixture
def painted(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "photos" / f"{number:04d}.jpg" for number in range(MANY)]
    for number, path in enumerate(paths):
        paint(path, number)
    return paths


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[Path]:
    """How often each photo was opened."""
    counts: Counter[Path] = Counter()

    def counted(path: Path) -> object:
        counts[path] += 1
        return open_image(path)

    monkeypatch.setattr(photos, "open_image", counted)
    return counts


def test_photos_are_decoded_once_in_order_and_in_batches_with_progress(
    painted: list[Path], opened: Counter[Path]
) -> None:
    told: list[tuple[int, int]] = []
    encoder = Knowing({})
    vectors = encode_photos(encoder, painted, lambda *now: told.append(now))
    assert vectors.argmax(axis=1).tolist() == list(range(MANY))
    assert opened == dict.fromkeys(painted, 1)
    assert [len(batch) for batch in encoder.batches] == [AT_ONCE, AT_ONCE, 7]
    assert told == [(0, MANY), (AT_ONCE, MANY), (2 * AT_ONCE, MANY), (MANY, MANY)]


def test_photos_that_cannot_be_read_are_named_and_none_is_opened_again(
    painted: list[Path], opened: Counter[Path]
) -> None:
    for number in (5, 60, 130):
        painted[number].write_bytes(b"no photo")
    encoder = Knowing({})
    with pytest.raises(DataError, match="2 of the photos cannot be read") as caught:
        encode_photos(encoder, painted, silent)
    for number in (5, 60):
        assert painted[number].name in caught.value.message
    assert f"the {MANY - AT_ONCE} after them were not looked at" in caught.value.message
    assert opened == dict.fromkeys(painted[:AT_ONCE], 1)
    assert encoder.batches == []


def test_a_photo_that_could_not_be_read_once_is_told_with_that_reason(
    painted: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: Counter[Path] = Counter()

    def shaky(path: Path) -> object:
        tries[path] += 1
        if path == painted[-1] and tries[path] == 1:
            raise ImageError("the disk was away", "look again")
        return open_image(path)

    monkeypatch.setattr(photos, "open_image", shaky)
    with pytest.raises(DataError, match=r"^1 of the photos .*the disk was away\)$"):
        encode_photos(Knowing({}), painted, silent)


class Cut(Exception):
    """The run ends here."""


@dataclass
class Cutting(Knowing):
    """Works for so many batches."""

    left: int = 2

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        if not self.left:
            raise Cut
        self.left -= 1
        return super().encode(pictures)


def test_an_interrupted_run_goes_on_where_it_was_and_leaves_nothing_behind(
    painted: list[Path], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(Cut):
        encode_photos(Cutting({}), painted, silent, kept)
    encoder = Knowing({})
    vectors = encode_photos(encoder, painted, silent, kept)
    assert encoder.batches == [list(range(2 * AT_ONCE, MANY))]
    assert vectors.argmax(axis=1).tolist() == list(range(MANY))
    assert list(kept.iterdir()) == []


def test_another_encoder_and_changed_photos_begin_anew(painted: list[Path], tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(Cut):
        encode_photos(Cutting({}), painted, silent, kept)
    (kept / "something else").mkdir()
    for folder in kept.iterdir():
        os.utime(folder, (0, 0))
    other = Knowing({}, fingerprint="another")
    encode_photos(other, painted, silent, kept)
    assert sum(map(len, other.batches)) == MANY
    (left,) = kept.iterdir()  # the run that was cut off is not kept for ever
    assert left.name == "something else"
    paint(painted[3], 900)
    painted[3].touch()
    again = Knowing({})
    assert encode_photos(again, painted, silent, kept)[3].argmax() == 900


def test_a_run_goes_on_where_nothing_can_be_kept(painted: list[Path], tmp_path: Path) -> None:
    no_folder = tmp_path / "kept"
    no_folder.write_text("a file")
    vectors = encode_photos(Knowing({}), painted, silent, no_folder / "below")
    assert vectors.argmax(axis=1).tolist() == list(range(MANY))


def test_a_damaged_chunk_ends_what_is_kept(painted: list[Path], tmp_path: Path) -> None:
    store = Kept(tmp_path / "kept", "f", painted)
    one = np.ones((4, 3), np.float32)
    store.add(0, one)
    store.add(4, 2 * one)
    store.add(9, 3 * one)
    assert store.read(3).tolist() == [*one.tolist(), *(2 * one).tolist()]
    assert len(store.read(5)) == 0
    (damaged,) = (tmp_path / "kept").rglob("0000004.npy")
    damaged.write_bytes(damaged.read_bytes()[:-9])
    assert len(store.read(3)) == 4


@dataclass
class Mouth:
    """Says yes to what is true of a photo: a text is one question, by its words."""

    truth: dict[str, set[int]]
    yes: float = 0.95
    asked: list[int] = field(default_factory=list)

    def caption(self, pictures: Sequence[Prepared], style: Style) -> list[str]:
        raise NotImplementedError

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float32]:
        number = int(picture["number"])
        self.asked.append(number)
        true = [
            any(text in question for text, numbers in self.truth.items() if number in numbers)
            for question in questions
        ]
        return np.where(true, self.yes, 1 - self.yes).astype(np.float32)

    def p_yes_many(
        self, pictures: Sequence[Prepared], questions: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float32]]:
        return [self.p_yes(*pair) for pair in zip(pictures, questions, strict=True)]


class Whole:
    """A text is asked as it is."""

    def questions(self, text: str) -> list[str]:
        return [f"does the picture show: {text}?"]

    def priors(self, scores: NDArray[np.floating]) -> NDArray[np.floating]:
        return (scores + 1) / 2

    def score(self, text: str, answers: Sequence[float], prior: float | None) -> float:
        return answers[0] * (0.5 if prior is None else prior)


@pytest.mark.parametrize(
    ("name", "metrics"),
    [
        ("sugarcrepe", {*KINDS, "mean"}),
        ("winoground", {"text", "image", "group"}),
        ("cola", {"text", "image", "group"}),
        ("sugarcrepe-pp", {"ITT", *(f"{kind}_ITT" for kind in KINDS[:5])}),
    ],
)
def test_stage_two_stands_beside_stage_one_and_each_photo_is_looked_at_once(
    name: str, metrics: set[str], tmp_path: Path
) -> None:
    truth = WRITERS[name](tmp_path, 12)
    nothing = {text: {0} for text in truth}  # an encoder that thinks all is true of the first photo
    mouth = Mouth(truth)
    encoder = Knowing(nothing)
    told: list[tuple[int, int]] = []
    setup = Setup(count=12, data=tmp_path)
    models = Models(encoder, lambda: mouth)
    found = run_verified(name, models, Whole(), setup, lambda *now: told.append(now))
    assert found is not None
    assert found.generator == dict.fromkeys(found.generator, 100.0)
    assert set(found.generator) == set(found.fusion) == metrics
    assert found.encoder == run(name, models, setup)
    assert max(found.encoder[metric] for metric in metrics) < 20
    photo_count = len({number for numbers in truth.values() for number in numbers})
    assert sorted(mouth.asked) == list(range(photo_count))
    assert told == sorted(told)
    assert told[-1] == (2 * photo_count, 2 * photo_count)


def test_who_lies_loses_and_both_together_can_beat_either(tmp_path: Path) -> None:
    truth = WRITERS["winoground"](tmp_path, 12)
    lying = Models(Knowing(truth), lambda: Mouth(truth, yes=0.05))
    found = run_verified("winoground", lying, Whole(), Setup(count=12, data=tmp_path))
    assert found is not None
    assert found.encoder["group"] == 100
    assert found.generator["group"] == 0


def test_retrieval_and_classes_have_no_stage_two(tmp_path: Path) -> None:
    truth = WRITERS["flickr30k"](tmp_path, 3)
    models = Models(Knowing(truth), lambda: Mouth(truth))
    for name in ("flickr30k", "coco", "nocaps", "imagenet"):
        assert run_verified(name, models, JUDGE, Setup(count=3, data=tmp_path)) is None


def test_a_model_without_words_says_so_before_files_are_looked_for(tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        run_verified("cola", Models(Knowing({}), without_generator), JUDGE, Setup(data=tmp_path))


def test_all_that_is_missing_of_all_benchmarks_is_told_at_once(tmp_path: Path) -> None:
    WRITERS["cola"](tmp_path, 2)
    names = ["toyland-retrieval", "flickr30k", "cola", "winoground"]
    with pytest.raises(DataError) as caught:
        check(names, Setup(count=2, data=tmp_path))
    assert "no dataset_flickr30k.json" in caught.value.message
    assert "no examples.jsonl" in caught.value.message
    assert "DenotationGraph" in caught.value.message
    assert "cola" not in caught.value.message
    check(["toyland-retrieval", "cola"], Setup(count=2, data=tmp_path))


@pytest.mark.parametrize("setup", [Setup(unseen=True), Setup(unseen_words=True)])
def test_what_was_never_trained_on_is_not_known_of_photographs(setup: Setup) -> None:
    with pytest.raises(ConfigError, match="sugarcrepe is of photographs"):
        check(["sugarcrepe"], setup)
