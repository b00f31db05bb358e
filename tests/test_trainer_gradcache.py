"""GradCache: the same losses and gradients, whatever the chunk, and what is in memory at once."""

import dataclasses

import batches
import pytest
import tiny
import torch
from batches import EVERYTHING

from vladva.model import VladVA
from vladva.trainer.batch import Batch
from vladva.trainer.gradcache import chunks
from vladva.trainer.recompute import recomputed
from vladva.trainer.step import backward, joint_losses


def outcome(
    model: VladVA, batch: Batch, chunk: int | None
) -> tuple[dict[str, float], dict[str, torch.Tensor]]:
    log_scale = batches.scale()
    losses = backward(model, batch, log_scale, EVERYTHING, chunk=chunk)
    assert not losses.total.requires_grad
    values = {"contrastive": losses.contrastive, "autoregressive": losses.autoregressive}
    values |= losses.others
    return {k: v.item() for k, v in values.items()}, batches.gradients(model, log_scale)


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_chunks_give_the_losses_and_every_gradient_of_the_whole_batch(kind: str) -> None:
    model = batches.tuned(kind)
    batch = batches.everything(kind, model)
    values, wanted = outcome(model, batch, None)
    assert set(values) == {"contrastive", "autoregressive", "text_text", "edits", "twins"}
    assert len(wanted) == len(batches.learning(model)) + 1
    assert all(one.any() for one in wanted.values())
    for chunk in (3, 1, 100) if kind == "mini" else (3,):
        found, cached = outcome(model, batch, chunk)
        assert found == pytest.approx(values, abs=1e-5)
        assert batches.worst(cached, wanted) <= 1e-5


@pytest.mark.parametrize("kind", ["mini", "qwen3_vl"])
def test_chunks_of_kept_features_give_the_same(kind: str) -> None:
    model = batches.tuned(kind)
    batch = batches.everything(kind, model)
    with torch.no_grad():
        kept = dataclasses.replace(
            batch, pictures=model.look(batch.pictures), targets=model.look(batch.targets or [])
        )
    values, wanted = outcome(model, batch, None)
    found, cached = outcome(model, kept, 3)
    assert found == pytest.approx(values, abs=1e-5)
    assert batches.worst(cached, wanted) <= 1e-5


def test_a_batch_of_long_captions_alone_still_learns() -> None:
    model = batches.tuned("mini")
    batch = dataclasses.replace(
        batches.everything("mini", model),
        short=[None] * 7, negatives=(), paraphrases=(), edits=(), targets=None,
    )  # fmt: skip
    values, wanted = outcome(model, batch, None)
    found, cached = outcome(model, batch, 3)
    assert values["contrastive"] == found["contrastive"] == 0.0
    assert values["autoregressive"] > 0
    assert batches.worst(cached, {k: wanted[k] for k in cached}) <= 1e-5


def test_gradients_add_to_those_that_are_there() -> None:
    model = batches.tuned("mini")
    batch = batches.everything("mini", model)
    _, once = outcome(model, batch, 3)
    log_scale = batches.scale()
    for _ in range(2):
        backward(model, batch, log_scale, EVERYTHING, chunk=3)
    twice = batches.gradients(model, log_scale)
    assert batches.worst(twice, {name: 2 * one for name, one in once.items()}) <= 1e-5


def test_no_more_rows_than_a_chunk_go_through_the_model_at_once() -> None:
    model = batches.tuned("mini")
    batch = batches.everything("mini", model)
    seen: list[int] = []
    hook = model.language_model.register_forward_pre_hook(
        lambda _module, _args, options: seen.append(len(options["inputs_embeds"])),
        with_kwargs=True,
    )
    backward(model, batch, batches.scale(), EVERYTHING, chunk=3)
    hook.remove()
    assert max(seen) == 3


def test_chunks_hold_every_row_once_and_the_like_together() -> None:
    lengths = [9, 1, 8, 2, 9, 1, 7]
    made = list(chunks(lengths, 3))
    assert sorted(row for rows in made for row in rows) == list(range(7))
    assert [[lengths[row] for row in rows] for rows in made] == [[1, 1, 2], [7, 8, 9], [9]]
    assert list(chunks([], 3)) == []


@pytest.mark.parametrize("kind", tiny.LVLMS)
@pytest.mark.parametrize("chunk", [None, 3])
def test_recomputed_layers_give_the_same_gradients(kind: str, chunk: int | None) -> None:
    model = batches.tuned(kind)
    batch = batches.everything(kind, model)
    modes = [module.training for module in model.language_model.modules()]
    calls: list[int] = []
    layer = model.language_model.layers[0].mlp  # type: ignore[union-attr, index]
    hook = layer.register_forward_pre_hook(lambda *_: calls.append(1))
    values, wanted = outcome(model, batch, chunk)
    plain = len(calls)
    with recomputed(model):
        found, cached = outcome(model, batch, chunk)
    assert len(calls) > 2 * plain  # forward again on the way back
    assert found == pytest.approx(values, abs=1e-6)
    assert batches.worst(cached, wanted) <= 1e-5
    calls.clear()
    outcome(model, batch, chunk)
    hook.remove()
    assert len(calls) == plain
    assert [module.training for module in model.language_model.modules()] == modes


def test_recomputing_keeps_fewer_states() -> None:
    model = batches.tuned("mini")
    batch = batches.everything("mini", model)

    def kept() -> int:
        sizes: list[int] = []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda tensor: sizes.append(tensor.numel()) or tensor, lambda tensor: tensor
        ):
            joint_losses(model, batch, batches.scale(), EVERYTHING)
        return sum(sizes)

    plain = kept()
    with recomputed(model):
        assert kept() < 0.5 * plain
