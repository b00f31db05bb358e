"""Stage two: what is asked of which photo, in which order, and what is not asked again."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import tiny
import verify_eyes
from fakes import write_colour
from numpy.typing import NDArray
from verify_eyes import COLOURS, RED, Eyes, Found, candidate, constraint, run

from vladva.encoders import load_encoder
from vladva.indexes.ranking.verdicts import Verdicts
from vladva.indexes.ranking.verify import Candidate, Verdict, judged, verify
from vladva.protocols import Prepared

verdicts, photos = verify_eyes.verdicts, verify_eyes.photos


@pytest.mark.parametrize(
    ("kind", "p", "said"),
    [
        ("require", 0.6, "yes"),
        ("require", 0.59, "unsure"),
        ("require", 0.41, "unsure"),
        ("require", 0.4, "no"),
        ("forbid", 0.4, "yes"),
        ("forbid", 0.41, "unsure"),
        ("forbid", 0.59, "unsure"),
        ("forbid", 0.6, "no"),
    ],
)
def test_a_forbidden_part_is_met_by_a_no_and_between_both_nobody_is_sure(
    kind: Literal["require", "forbid"], p: float, said: str
) -> None:
    assert judged(constraint("people", kind), p) == Verdict("people", kind, said, p)  # type: ignore[arg-type]


def test_every_constraint_of_every_photo_has_its_verdict_in_order(
    photos: list[Candidate], verdicts: Verdicts
) -> None:
    asked = [RED, constraint("blue", "forbid")]
    found: Found = list(run(photos, asked, Eyes(), verdicts))
    assert [name for name, _ in found] == list(COLOURS)
    assert [[one.verdict for one in why] for _, why in found] == [
        ["yes", "yes"] if c == "red" else ["no", "no"] if c == "blue" else ["no", "yes"]
        for c in COLOURS
    ]
    assert found[0][1][1] == Verdict("blue", "forbid", "yes", pytest.approx(0.2))


def test_the_second_asking_needs_neither_the_files_nor_the_model(
    photos: list[Candidate], verdicts: Verdicts
) -> None:
    asked = [RED, constraint("blue", "forbid")]
    first = list(run(photos, asked, Eyes(), verdicts))
    for photo in photos:
        Path(photo.path).unlink()
    again = Eyes()
    assert list(run(photos, asked, again, verdicts)) == first
    assert again.batches == []


def test_of_a_photo_that_is_partly_known_only_the_rest_is_asked(
    photos: list[Candidate], verdicts: Verdicts
) -> None:
    list(run(photos[:3], [RED], Eyes(), verdicts))
    eyes = Eyes()
    found = dict(run(photos, [RED, constraint("blue")], eyes, verdicts))
    assert eyes.asked == 3 * 1 + 3 * 2
    assert [one.verdict for one in found["blue"]] == ["no", "yes"]


def test_a_question_that_two_constraints_share_is_asked_once(
    photos: list[Candidate], verdicts: Verdicts
) -> None:
    eyes = Eyes()
    ((_, why),) = run(photos[:1], [RED, constraint("red", "forbid")], eyes, verdicts)
    assert [one.verdict for one in why] == ["yes", "no"]
    assert eyes.asked == 1


def test_a_copy_of_a_photo_is_not_looked_at_again_and_nobodys_answer_is_anothers(
    photos: list[Candidate], verdicts: Verdicts, tmp_path: Path
) -> None:
    copy = candidate(write_colour(tmp_path / "copies" / "red.jpg", "red"), "copy")
    order = [photos[0], photos[1], copy, *photos[2:]]
    eyes = Eyes()
    found = list(run(order, [RED, constraint("white")], eyes, verdicts))
    assert [name for name, _ in found] == ["red", "lime", "copy", "blue", "white", "black",
                                           "yellow"]  # fmt: skip
    named = {name: [one.verdict for one in why] for name, why in found}
    assert named["copy"] == named["red"] == ["yes", "no"]
    assert named["white"] == ["no", "yes"]
    assert len(eyes.batches[0]) == 1


def test_a_photo_that_is_gone_broken_or_another_by_now_has_no_verdicts_and_keeps_none(
    photos: list[Candidate], verdicts: Verdicts
) -> None:
    Path(photos[0].path).unlink()
    Path(photos[1].path).write_bytes(b"no picture")
    write_colour(Path(photos[2].path), "white")  # the index does not know yet
    broken = candidate(Path(photos[1].path), "broken")
    found = dict(run([*photos[:3], broken, photos[3]], [RED], Eyes(), verdicts))
    assert {name for name, why in found.items() if not why} == {"red", "lime", "blue", "broken"}
    assert [one.verdict for one in found["white"]] == ["no"]
    assert verdicts.known("eyes", photos[2].content, [RED.question]) == {}


def test_a_copy_is_read_where_the_first_file_is_gone(
    photos: list[Candidate], verdicts: Verdicts, tmp_path: Path
) -> None:
    copy = candidate(write_colour(tmp_path / "copies" / "red.jpg", "red"), "copy")
    Path(photos[0].path).unlink()
    found = dict(run([photos[0], copy, photos[1]], [RED], Eyes(), verdicts))
    assert [len(found[name]) for name in ("copy", "lime")] == [1, 1]
    assert found["copy"][0].verdict == "yes"


def test_without_constraints_nothing_is_looked_at(
    photos: list[Candidate], verdicts: Verdicts
) -> None:
    eyes = Eyes()
    assert list(run(photos, [], eyes, verdicts)) == [(colour, []) for colour in COLOURS]
    assert eyes.batches == []


def test_what_is_known_comes_before_anything_is_looked_at(
    photos: list[Candidate], verdicts: Verdicts
) -> None:
    list(run(photos[:2], [RED], Eyes(), verdicts))
    eyes = Eyes()
    found = run(photos, [RED], eyes, verdicts)
    assert [next(found)[0], next(found)[0]] == ["red", "lime"]
    assert eyes.batches == []
    assert next(found)[0] == "blue"


def test_what_fails_in_the_model_is_told(photos: list[Candidate], verdicts: Verdicts) -> None:
    class Broken(Eyes):
        def p_yes_many(
            self, pictures: Sequence[Prepared], questions: Sequence[Sequence[str]]
        ) -> list[NDArray[np.float32]]:
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        list(run(photos, [RED], Broken(), verdicts))


def test_a_true_lvlm_gives_the_probabilities_of_its_own_mouth(
    verdicts: Verdicts, tmp_path: Path
) -> None:
    encoder = load_encoder(str(tiny.checkpoint("qwen2_vl")), device="cpu", batch_size=3)
    generator = encoder.generator()  # type: ignore[attr-defined]
    photos = []
    for number, picture in enumerate(tiny.PICTURES):
        picture.save(tmp_path / f"{number}.png")
        photos.append(candidate(tmp_path / f"{number}.png"))
    asked = [RED, constraint("a very long car on the road", "forbid")]
    found = verify(
        photos, asked, generator, encoder.prepare, verdicts,
        fingerprint="q", stop=threading.Event(),
    )  # fmt: skip
    for (_, why), picture in zip(found, tiny.PICTURES, strict=True):
        alone = generator.p_yes(encoder.prepare(picture), [one.question for one in asked])
        assert [one.p for one in why] == pytest.approx(alone.tolist(), abs=1e-5)
