"""Timing an encoder changes none of its vectors, and nothing is left behind."""

from typing import Any

import numpy as np
import pytest
import tiny
import torch

from vladva.benchmarks.sets import benchmarked
from vladva.clock import Clock
from vladva.encoders import load_encoder
from vladva.encoders.clocked import Clocked, parts

TEXTS = ["a dog", "a red car"]


def encoder_of(kind: str) -> Any:
    return load_encoder(str(tiny.checkpoint(kind)), device="cpu")


@pytest.mark.parametrize("kind", [*tiny.LVLMS, "clip", "siglip", "blip"])
def test_pictures_are_looked_at_and_texts_are_only_read(kind: str) -> None:
    encoder = encoder_of(kind)
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES]
    plain = encoder.encode(pictures), encoder.encode_texts(TEXTS)
    seen, read = Clock(), Clock()
    with parts(encoder, seen):
        timed = encoder.encode(pictures)
    with parts(encoder, read):
        timed_texts = encoder.encode_texts(TEXTS)
    assert np.abs(timed - plain[0]).max() <= 1e-6
    assert np.abs(timed_texts - plain[1]).max() <= 1e-6
    assert set(seen.seconds) == {"vision", *(["language"] if kind in tiny.LVLMS else [])}
    assert set(read.seconds) == {"language"}


@pytest.mark.parametrize("kind", ["llava", "qwen2_vl", "clip"])
def test_nothing_is_timed_any_more_once_it_is_over(kind: str) -> None:
    encoder = encoder_of(kind)
    before = dict(vars(encoder)), dict(vars(encoder.model))
    clock = Clock()
    with pytest.raises(ValueError, match="broken"), parts(encoder, clock):
        raise ValueError("broken")
    assert (dict(vars(encoder)), dict(vars(encoder.model))) == before
    encoder.encode_texts(TEXTS)
    assert not clock.seconds


def test_a_captions_logits_are_the_heads() -> None:
    encoder = encoder_of("llava")
    clock = Clock()
    with parts(encoder, clock):
        encoder.generator().caption([encoder.prepare(tiny.PICTURES[0])], "short")
    assert min(clock.seconds[part] for part in ("vision", "language", "head")) > 0


def test_a_clocked_encoder_is_the_encoder_with_its_calls_counted() -> None:
    encoder, clock = encoder_of("qwen2_vl"), Clock()
    clocked = Clocked(encoder, clock)
    pictures = [clocked.prepare(picture) for picture in tiny.PICTURES]
    assert (clocked.encode(pictures) == encoder.encode(pictures)).all()
    assert (clocked.encode_texts(TEXTS) == encoder.encode_texts(TEXTS)).all()
    joint = [(pictures[0], "at night")]
    assert (clocked.encode_joint(joint) == encoder.encode_joint(joint)).all()
    assert set(clock.seconds) == {"prepare", "encode", "texts", "joint"}
    assert (clocked.fingerprint, clocked.dim) == (encoder.fingerprint, encoder.dim)
    assert clocked.prepare.version == encoder.prepare.version
    assert not hasattr(clocked, "encode_sets")


def test_an_encoder_of_another_make_has_no_parts() -> None:
    clock = Clock()
    with parts(object(), clock):
        pass
    assert not clock.seconds


@pytest.mark.parametrize("kind", ["blip-2", "clip"])
def test_what_benchmarks_make_of_an_encoder_is_timed_as_itself(kind: str) -> None:
    plain, clock, reading = encoder_of(kind), Clock(), Clock()
    encoder: Any = Clocked(benchmarked(plain), Clock())
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES]
    with parts(encoder, clock):
        encoder.encode(pictures)
    with parts(encoder, reading):
        encoder.encode_texts(TEXTS)
    assert set(clock.seconds) == {"vision"}
    assert set(reading.seconds) == {"language"}
    assert "read" not in vars(plain)


def test_a_gpu_is_waited_for_where_only_the_encoder_knows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)

    class OnGpu:
        device = torch.device("cuda", 0)

        def see(self) -> None:
            """Nothing."""

    encoder = OnGpu()
    with parts(encoder, Clock()):
        encoder.see()
    assert waited == [encoder.device] * 2
