"""A question becomes vectors: words, pictures, both at once."""

from collections.abc import Sequence

import numpy as np
import pytest
from fakes import FakeEncoder
from PIL import Image

from vladva.errors import Unsupported
from vladva.indexes.aims import TEXT_WEIGHT, aims, unit
from vladva.indexes.asked import Asked
from vladva.indexes.query.query import Query
from vladva.protocols import Prepared, Vectors

RED, BLUE = (Image.new("RGB", (9, 9), colour) for colour in ("red", "blue"))
NOTHING = np.empty((0, 24), np.float32)


def said(positive: str, *forbid: str) -> Query:
    return Query(text=positive, positive=positive, forbid=forbid, literal=(), filters=())


class Joint(FakeEncoder):
    """Reads a picture and words at once: the words turn the picture's vector."""

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        return np.stack(
            [unit(self.encode([seen])[0] - self.encode_texts([text])[0]) for seen, text in queries]
        )


class TwoTowers(FakeEncoder):
    """Cannot."""

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        raise Unsupported("two towers", "")


def picture(encoder: FakeEncoder, image: Image.Image) -> np.ndarray:
    return encoder.encode([encoder.prepare(image)])[0]


def test_words_stand_for_themselves_and_forbidden_parts_apart() -> None:
    encoder = FakeEncoder()
    made = aims(encoder, Asked(said("red", "blue", "green")), NOTHING, [])
    np.testing.assert_array_equal(made.near, encoder.encode_texts(["red"])[0])
    np.testing.assert_array_equal(made.far, encoder.encode_texts(["blue", "green"]))
    assert made.plain


def test_forbidden_parts_alone_leave_no_direction() -> None:
    made = aims(FakeEncoder(), Asked(said("", "blue")), NOTHING, [])
    assert made.near is None
    assert made.far.shape == (1, 24)


def test_filters_alone_encode_nothing() -> None:
    encoder = FakeEncoder()
    made = aims(encoder, Asked(said("")), NOTHING, [])
    assert (made.near, len(made.far), encoder.calls) == (None, 0, 0)


def test_several_pictures_are_their_middle() -> None:
    encoder = FakeEncoder()
    held = picture(encoder, BLUE)[None]
    made = aims(encoder, Asked(pictures=(RED,), like=("some",)), held, [])
    expected = unit(held[0] + picture(encoder, RED))
    np.testing.assert_allclose(made.near, expected, atol=1e-6)
    assert not made.plain


def test_a_picture_and_words_are_one_query_where_the_encoder_reads_both() -> None:
    encoder = Joint()
    made = aims(encoder, Asked(said("green"), pictures=(RED,)), NOTHING, [])
    both = encoder.encode_joint([(encoder.prepare(RED), "green")])[0]
    np.testing.assert_allclose(made.near, both, atol=1e-6)


def test_a_photo_of_the_library_is_read_together_with_words_where_it_can_be_opened() -> None:
    encoder = Joint()
    held = picture(encoder, RED)[None]
    opened = aims(encoder, Asked(said("green"), like=("some",)), held, [RED])
    np.testing.assert_allclose(
        opened.near, encoder.encode_joint([(encoder.prepare(RED), "green")])[0], atol=1e-6
    )
    gone = aims(encoder, Asked(said("green"), like=("some",)), held, [])
    green = encoder.encode_texts(["green"])[0]
    np.testing.assert_allclose(gone.near, unit(held[0] + TEXT_WEIGHT * green), atol=1e-6)


def test_two_towers_get_the_weighted_sum() -> None:
    encoder = TwoTowers()
    made = aims(encoder, Asked(said("green"), pictures=(RED,)), NOTHING, [])
    expected = picture(encoder, RED) + TEXT_WEIGHT * encoder.encode_texts(["green"])[0]
    np.testing.assert_allclose(made.near, unit(expected), atol=1e-6)
    assert np.linalg.norm(made.near) == pytest.approx(1)
