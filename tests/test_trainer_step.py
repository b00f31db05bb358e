"""The joint step: one image-side pass serves both losses, and only the adapter learns."""

import pytest
import tiny
import torch

from vladva.adapters import AdapterShape, create
from vladva.encoders import load_encoder
from vladva.losses import LOG_SCALE_START, contrastive, next_token
from vladva.model import VladVA
from vladva.trainer.step import Batch, joint_losses

SHORT = ["a dog", "a red car", "two boats"]
LONG = ["a dog stands left of a house", "a red car by night", "two boats on a lake in the sun"]


def tuned(kind: str) -> tuple[VladVA, list[torch.nn.Parameter]]:
    model: VladVA = load_encoder(str(tiny.checkpoint(kind)), adapter=None).model  # type: ignore[attr-defined]
    torch.manual_seed(0)
    adapter = create(model, AdapterShape(rank=4, alpha=4))
    return model, [*adapter.prompts().values(), *adapter.lora().values()]


def batch(kind: str, model: VladVA) -> Batch:
    encoder = load_encoder(str(tiny.checkpoint(kind)), adapter=None)
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES[:3]]
    return Batch(pictures, SHORT, model.caption_ids(LONG))


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_one_image_pass_gives_the_losses_of_two(kind: str) -> None:
    model, _ = tuned(kind)
    rows = batch(kind, model)
    scale = torch.tensor(LOG_SCALE_START)
    with torch.no_grad():
        one = joint_losses(model, rows, scale)
        summary = model.image_side(rows.pictures).summary
        captioned = model.image_side(rows.pictures, captions=rows.long)
        apart = contrastive(summary, model.text_side(SHORT), scale)
        spoken = next_token(model.logits(captioned.caption_states), captioned.caption_ids)
    assert abs(one.contrastive - apart) <= 1e-5
    assert abs(one.autoregressive - spoken) <= 1e-5
    assert one.total == one.contrastive + one.autoregressive


def test_every_part_of_the_adapter_gets_a_gradient_and_nothing_else_does() -> None:
    model, weights = tuned("mini")
    joint_losses(model, batch("mini", model), torch.tensor(LOG_SCALE_START)).total.backward()
    # LoRA's A waits for its B, which starts at zero; prompts and B learn from the first step.
    learning = [weight for weight in weights if weight.grad is not None and weight.grad.any()]
    assert len(learning) == 2 + (len(weights) - 2) // 2
    assert model.backbone.base.vision_tower.embeddings.patch_embedding.weight.grad is None


def test_a_caption_twice_in_a_batch_is_no_negative() -> None:
    model, _ = tuned("mini")
    rows = batch("mini", model)
    scale = torch.tensor(3.0)
    with torch.no_grad():
        apart = joint_losses(model, rows, scale).contrastive
        twice = joint_losses(model, Batch(rows.pictures, [SHORT[0]] * 3, rows.long), scale)
    assert apart > 0
    assert twice.contrastive == pytest.approx(0.0, abs=1e-6)


def test_without_long_captions_the_autoregressive_loss_is_zero() -> None:
    model, _ = tuned("mini")
    rows = batch("mini", model)
    losses = joint_losses(model, Batch(rows.pictures, SHORT), torch.tensor(3.0))
    assert losses.autoregressive == 0.0


def test_a_few_steps_lower_both_losses() -> None:
    model, weights = tuned("mini")
    rows = batch("mini", model)
    scale = torch.tensor(LOG_SCALE_START)
    optimiser = torch.optim.AdamW(weights, lr=3e-3)
    first = joint_losses(model, rows, scale)
    for _ in range(60):
        losses = joint_losses(model, rows, scale)
        optimiser.zero_grad()
        losses.total.backward()
        optimiser.step()
    assert losses.contrastive < 0.8 * first.contrastive
    assert losses.autoregressive < 0.9 * first.autoregressive
