"""The dual encoder: one image pass for both losses, soft prompts, padding, gradients."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import tiny
import torch
from torch import Tensor, nn

from vladva.encoders import load_encoder
from vladva.model import IGNORED, Features, VladVA, unit
from vladva.rows import Row

CLOSE = 1e-5
CAPTIONS = ["a dog left of a car", "", "a very long text about a red car and a blue boat"]


@pytest.fixture(params=tiny.LVLMS)
def encoder(request: pytest.FixtureRequest) -> Any:
    return load_encoder(str(tiny.checkpoint(request.param)), device="cpu")


@pytest.fixture
def model(encoder: Any) -> VladVA:
    found: VladVA = encoder.model
    return found


@pytest.fixture
def seen(encoder: Any) -> Features:
    features: Features = encoder.model.look([encoder.prepare(p) for p in tiny.PICTURES[:3]])
    return features


def apart(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())


def test_a_caption_behind_the_prompt_leaves_the_summary_untouched(
    model: VladVA, seen: Features
) -> None:
    alone = model.image_side(seen)
    followed = model.image_side(seen, captions=model.caption_ids(CAPTIONS))
    assert apart(alone.summary, followed.summary) <= CLOSE
    assert alone.caption_states.shape == (3, 0, model.dim)
    assert alone.caption_ids.shape == (3, 0)


def test_caption_states_are_those_that_predict_each_token(model: VladVA, seen: Features) -> None:
    """Against a plain pass over each whole sequence, one at a time."""
    captions = model.caption_ids(CAPTIONS)
    found = model.image_side(seen, captions=captions)
    turn = model.writer.turn(picture=True, prompt=model.prompts.image)
    for i, ids in enumerate(captions):
        row = turn.with_picture(model.backbone.image_token_id, seen.counts[i])
        whole = Row(row.ids + tuple(ids), row.slot)
        states = model.run(model.embed([whole], one_of(seen, i), None)).last_hidden_state[0]
        start = len(row.ids) - 1
        expected = states[start : start + len(ids)]
        assert apart(expected, found.caption_states[i, : len(ids)]) <= CLOSE
        assert found.caption_ids[i, : len(ids)].tolist() == ids
        assert (found.caption_ids[i, len(ids) :] == IGNORED).all()
        assert apart(states[start], found.summary[i]) <= CLOSE


def one_of(seen: Features, i: int) -> Features:
    start = sum(seen.counts[:i])
    part = slice(start, start + seen.counts[i])
    grids = None if seen.grids is None else seen.grids[i : i + 1]
    return Features(
        seen.tokens[part], seen.counts[i : i + 1], grids, tuple(d[part] for d in seen.deep)
    )


def test_which_side_is_padded_does_not_matter(model: VladVA, seen: Features) -> None:
    turn = model.writer.turn(picture=True, prompt=model.prompts.image)
    counts = zip(seen.counts, ("", " a", " a dog on the red table"), strict=True)
    rows = [turn.with_picture(model.backbone.image_token_id, count) for count, _ in counts]
    rows = [Row(row.ids + (9,) * (3 * i), row.slot) for i, row in enumerate(rows)]
    right = model.run(model.embed(rows, seen, None, side="right")).last_hidden_state
    left = model.run(model.embed(rows, seen, None, side="left")).last_hidden_state
    for i, row in enumerate(rows):
        assert apart(right[i, len(row.ids) - 1], left[i, -1]) <= CLOSE


def test_the_written_prompts_embeddings_as_soft_prompt_change_nothing(
    model: VladVA, seen: Features
) -> None:
    image, text = model.prompt_embeddings("image"), model.prompt_embeddings("text")
    assert len(image) > 3
    written, soft = model.image_side(seen), model.image_side(seen, soft_prompt=image)
    assert apart(written.summary, soft.summary) <= CLOSE
    for given in (tiny.TEXTS, ["a dog."]):
        assert apart(model.text_side(given), model.text_side(given, soft_prompt=text)) <= CLOSE


def test_so_they_do_where_a_word_has_other_tokens_at_the_start_of_a_row() -> None:
    mini: Any = load_encoder("mini", device="cpu", adapter=None)
    text = mini.model.prompt_embeddings("text")
    given = ["a red dog left of a boat", "two cats", "night"]
    written, soft = mini.model.text_side(given), mini.model.text_side(given, soft_prompt=text)
    assert apart(written, soft) <= CLOSE


def test_a_soft_prompt_takes_the_place_of_the_words_whatever_its_length(
    model: VladVA, seen: Features
) -> None:
    for length in (1, 5, 40):
        soft = torch.randn(length, model.dim) * 0.5
        image = model.image_side(seen, soft_prompt=soft, captions=model.caption_ids(CAPTIONS))
        assert apart(image.summary, model.image_side(seen, soft_prompt=soft).summary) <= CLOSE
        assert apart(image.summary, model.image_side(seen).summary) > 1e-3
        text = model.text_side(tiny.TEXTS, soft_prompt=soft)
        alone = torch.cat([model.text_side([t], soft_prompt=soft) for t in tiny.TEXTS])
        assert apart(text, alone) <= CLOSE


def test_gradients_reach_soft_prompts_from_both_sides_and_both_losses(
    model: VladVA, seen: Features
) -> None:
    image = model.prompt_embeddings("image").requires_grad_()
    text = model.prompt_embeddings("text").requires_grad_()
    captions = model.caption_ids(CAPTIONS)
    shown = model.image_side(seen, captions=captions, soft_prompt=image)
    (shown.summary.sum() + model.text_side(CAPTIONS, soft_prompt=text).sum()).backward()
    assert image.grad is not None
    assert text.grad is not None
    assert bool((image.grad.abs().sum(-1) > 0).all())
    assert bool((text.grad.abs().sum(-1) > 0).all())
    image.grad = None
    again = model.image_side(seen, captions=captions, soft_prompt=image)
    logits = model.logits(again.caption_states)
    nn.functional.cross_entropy(logits.flatten(0, 1), again.caption_ids.flatten()).backward()
    assert bool((image.grad.abs().sum(-1) > 0).all())


class FakeAdapter:
    def __init__(self, dim: int) -> None:
        self.image_prompt: Tensor | None = torch.randn(3, dim)
        self.text_prompt: Tensor | None = torch.randn(2, dim)

    @contextmanager
    def off(self) -> Iterator[None]:
        yield


def test_an_adapters_prompts_are_used_unless_others_are_given(
    model: VladVA, seen: Features
) -> None:
    adapter = FakeAdapter(model.dim)
    given = torch.randn(2, model.dim)
    with_image = model.image_side(seen, soft_prompt=adapter.image_prompt).summary
    with_text = model.text_side(["a dog"], soft_prompt=adapter.text_prompt)
    with_given = model.text_side(["a dog"], soft_prompt=given)
    joint = model.joint_side(seen, CAPTIONS, soft_prompt=adapter.image_prompt)
    model.adapter = adapter
    assert apart(model.image_side(seen).summary, with_image) <= CLOSE
    assert apart(model.text_side(["a dog"]), with_text) <= CLOSE
    assert apart(model.text_side(["a dog"], soft_prompt=given), with_given) <= CLOSE
    assert apart(model.joint_side(seen, CAPTIONS), joint) <= CLOSE


def test_the_language_model_can_be_wrapped(model: VladVA) -> None:
    class Wrapped(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, **inputs: Any) -> Any:
            return self.inner(**inputs)

    before = model.text_side(["a dog"])
    model.language_model = Wrapped(model.language_model)
    assert apart(before, model.text_side(["a dog"])) == 0


def test_caption_ids_end_the_turn_and_are_cut_at_their_limit(model: VladVA) -> None:
    end = model.writer.tokenizer.eos_token_id
    short, empty, long = model.caption_ids(CAPTIONS, limit=6)
    assert short[-1] == empty[-1] == long[-1] == end
    assert len(long) == 7
    assert empty == [end]
    assert end not in short[:-1]


def test_logits_are_float32_over_the_vocabulary(model: VladVA) -> None:
    logits = model.logits(model.text_side(["a dog", "a cat"]))
    assert logits.shape == (2, 420)
    assert logits.dtype == torch.float32


def test_unit_states_have_length_one_in_float32() -> None:
    states = torch.randn(4, 8, dtype=torch.float16) * 100
    assert unit(states).dtype == torch.float32
    assert torch.allclose(unit(states).norm(dim=-1), torch.ones(4))
