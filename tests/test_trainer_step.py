"""The joint step: one image-side pass serves both losses, and only the adapter learns."""

import dataclasses
from collections.abc import Sequence

import pytest
import tiny
import torch

from vladva.adapters import AdapterShape, create
from vladva.encoders import load_encoder
from vladva.losses import LOG_SCALE_START, Spared, contrastive, next_token
from vladva.model import VladVA
from vladva.trainer import step
from vladva.trainer.step import Batch, LossWeights, backward, joint_losses

NAMES = ["a.jpg", "b.jpg", "c.jpg"]
SHORT = ["two small boats", "a dog", "a red car"]  # never in the order of their lengths
LONG = ["two boats on a lake in the sun", "a dog by night", "a red car stands left of a house"]


def tuned(kind: str) -> tuple[VladVA, list[torch.nn.Parameter]]:
    model: VladVA = load_encoder(str(tiny.checkpoint(kind)), adapter=None).model  # type: ignore[attr-defined]
    torch.manual_seed(0)
    adapter = create(model, AdapterShape(rank=4, alpha=4))
    return model, [*adapter.prompts().values(), *adapter.lora().values()]


def batch(kind: str, model: VladVA) -> Batch:
    encoder = load_encoder(str(tiny.checkpoint(kind)), adapter=None)
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES[:3]]
    return Batch(pictures, NAMES, SHORT, model.caption_ids(LONG))


def scale() -> torch.Tensor:
    return torch.tensor(LOG_SCALE_START)


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_one_image_pass_gives_the_losses_of_two(kind: str) -> None:
    model, _ = tuned(kind)
    rows = batch(kind, model)
    with torch.no_grad():
        one = joint_losses(model, rows, scale())
        summary = model.image_side(rows.pictures).summary
        captioned = model.image_side(rows.pictures, captions=rows.long)
        apart = contrastive(summary, model.text_side(SHORT), scale())
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


def test_a_caption_or_a_picture_twice_in_a_batch_is_no_negative() -> None:
    model, _ = tuned("mini")
    rows = batch("mini", model)
    with torch.no_grad():
        apart = joint_losses(model, rows, scale()).contrastive
        said = joint_losses(model, dataclasses.replace(rows, short=SHORT[:1] * 3), scale())
        shown = joint_losses(model, dataclasses.replace(rows, images=["a.jpg"] * 3), scale())
    assert apart > 0
    assert said.contrastive == pytest.approx(0.0, abs=1e-6)
    assert shown.contrastive == pytest.approx(0.0, abs=1e-6)


def test_a_caption_that_fits_another_picture_is_no_negative_of_that_picture_alone() -> None:
    model, _ = tuned("mini")
    rows = batch("mini", model)
    fits = torch.zeros(3, 3, dtype=torch.bool)
    fits[2, 0] = True
    with torch.no_grad():
        ours = joint_losses(model, dataclasses.replace(rows, fits=[(2, 0)]), scale()).contrastive
        summary = model.image_side(rows.pictures).summary
        theirs = contrastive(
            summary, model.text_side(SHORT), scale(), Spared(torch.eye(3).bool(), fits)
        )
        moved = dataclasses.replace(rows, short=["a dog", None, "x"], fits=[(2, 0), (1, 2)])
        fewer = joint_losses(model, moved, scale()).contrastive
        pair = contrastive(
            summary[[0, 2]],
            model.text_side(["a dog", "x"]),
            scale(),
            Spared(torch.eye(2).bool(), torch.tensor([[False, False], [True, False]])),
        )
    assert abs(ours - theirs) <= 1e-5
    assert abs(fewer - pair) <= 1e-5


def test_without_long_captions_the_autoregressive_loss_is_zero() -> None:
    model, _ = tuned("mini")
    rows = batch("mini", model)
    for long in ((), [(), (), ()]):
        losses = joint_losses(model, dataclasses.replace(rows, long=long), scale())
        assert losses.autoregressive == 0.0
    unweighted = joint_losses(model, rows, scale(), LossWeights(autoregressive=0.0))
    assert unweighted.autoregressive == 0.0


def test_a_row_without_a_short_caption_takes_no_part_in_the_contrast() -> None:
    model, _ = tuned("mini")
    rows = batch("mini", model)
    with torch.no_grad():
        some = joint_losses(model, dataclasses.replace(rows, short=["a dog", None, "x"]), scale())
        summary = model.image_side(rows.pictures).summary[[0, 2]]
        pair = contrastive(summary, model.text_side(["a dog", "x"]), scale())
        none = joint_losses(model, dataclasses.replace(rows, short=[None] * 3), scale())
        whole = joint_losses(model, rows, scale())
    assert abs(some.contrastive - pair) <= 1e-5
    assert none.contrastive == 0.0
    assert none.autoregressive == whole.autoregressive == some.autoregressive


def test_false_texts_join_only_their_own_rows_softmax() -> None:
    model, _ = tuned("mini")
    plain = batch("mini", model)
    rows = dataclasses.replace(plain, negatives=[["a cat", SHORT[0]], (), ["one boat"]])
    with torch.no_grad():
        ours = joint_losses(model, rows, scale(), LossWeights(negatives=True)).contrastive
        summary = model.image_side(rows.pictures).summary
        false = model.text_side(["a cat", "one boat"]), torch.tensor([0, 2])
        theirs = contrastive(summary, model.text_side(SHORT), scale(), negatives=false)
        off = joint_losses(model, rows, scale()).contrastive
        without = joint_losses(model, plain, scale(), LossWeights(negatives=True)).contrastive
    assert abs(ours - theirs) <= 1e-5  # its own caption is no negative of a row
    assert ours > off == without


def test_a_picture_is_asked_which_of_two_twins_is_true() -> None:
    model, _ = tuned("mini")
    plain = batch("mini", model)
    pairs = [(2, "two boats", "one boat"), (0, "a dog on a car", "a car on a dog")]
    rows, weights = dataclasses.replace(plain, twins=pairs), LossWeights(twins=0.5)
    with torch.no_grad():
        losses = joint_losses(model, rows, scale(), weights)
        images = model.image_side(rows.pictures).summary[[2, 0]]
        true, false = (model.text_side([pair[side] for pair in pairs]) for side in (1, 2))
        none = joint_losses(model, plain, scale(), weights)
    cosines = [torch.cosine_similarity(images, texts, dim=-1) for texts in (true, false)]
    apart = torch.exp(scale()) * (cosines[0] - cosines[1])
    assert losses.others["twins"] == pytest.approx(float(-torch.sigmoid(apart).log().mean()))
    paper = losses.contrastive + losses.autoregressive
    assert losses.total == pytest.approx(float(paper + 0.5 * losses.others["twins"]))
    assert none.others["twins"] == 0


def test_paraphrases_and_edits_are_contrasts_of_their_own_and_join_the_total_by_weight() -> None:
    model, _ = tuned("mini")
    rows = batch("mini", model)
    pairs = [("a dog", "one dog"), ("two boats", "boats, two of them")]
    edits = [(2, "add a bird"), (0, "make it red")]
    rows = dataclasses.replace(
        rows, paraphrases=pairs, edits=edits, targets=[rows.pictures[1], rows.pictures[2]]
    )
    with torch.no_grad():
        losses = joint_losses(model, rows, scale(), LossWeights(text_text=0.5, edits=2.0))
        sides = [model.text_side([pair[side] for pair in pairs]) for side in (0, 1)]
        composed = model.joint_side(
            [rows.pictures[2], rows.pictures[0]], [order for _, order in edits]
        )
        targets = model.image_side(rows.targets or []).summary
    assert abs(losses.others["text_text"] - contrastive(*sides, scale())) <= 1e-5
    assert abs(losses.others["edits"] - contrastive(composed, targets, scale())) <= 1e-5
    parts = losses.others
    paper = losses.contrastive + losses.autoregressive
    assert losses.total == pytest.approx(paper + 0.5 * parts["text_text"] + 2 * parts["edits"])
    assert joint_losses(model, rows, scale()).others == {}


def test_alike_paraphrases_edits_and_targets_are_no_negatives_of_each_other() -> None:
    model, _ = tuned("mini")
    rows = batch("mini", model)
    weights = LossWeights(text_text=1.0, edits=1.0)
    rows = dataclasses.replace(
        rows,
        paraphrases=[("a dog", "one dog"), ("one dog", "a hound"), ("a hound", "a dog")],
        edits=[(0, "turn it"), (0, "turn it round")],
        targets=rows.pictures[1:],
        target_images=["b.jpg", "b.jpg"],
    )
    with torch.no_grad():
        alike = joint_losses(model, rows, scale(), weights).others
        named = dataclasses.replace(rows, target_images=["b.jpg", "c.jpg"])
        apart = joint_losses(model, named, scale(), weights).others
    assert alike["text_text"] == pytest.approx(0.0, abs=1e-6)
    assert alike["edits"] == pytest.approx(0.0, abs=1e-6)
    assert apart["edits"] > 0


@pytest.mark.parametrize("kind", ["mini", "qwen3_vl"])
def test_kept_features_give_the_losses_of_pictures(kind: str) -> None:
    model, _ = tuned(kind)
    rows = batch(kind, model)
    extra = {"edits": [(2, "add a bird"), (0, "make it red")]}
    weights = LossWeights(edits=1.0)
    with torch.no_grad():
        shown = dataclasses.replace(rows, **extra, targets=rows.pictures[:2])
        kept = dataclasses.replace(
            shown, pictures=model.look(rows.pictures), targets=model.look(rows.pictures[:2])
        )
        ours, theirs = (joint_losses(model, one, scale(), weights) for one in (kept, shown))
    assert abs(ours.total - theirs.total) <= 1e-5


def test_logits_made_in_turns_give_the_same_loss_and_gradients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, weights = tuned("mini")
    rows = batch("mini", model)
    whole = backward(model, rows, scale())
    wanted = [weight.grad.clone() for weight in weights if weight.grad is not None]
    for weight in weights:
        weight.grad = None
    monkeypatch.setattr("vladva.trainer.sides.LOGITS_AT_ONCE", 420 * 7)
    turns = backward(model, rows, scale())
    assert abs(whole.autoregressive - turns.autoregressive) <= 1e-6
    found = [weight.grad for weight in weights if weight.grad is not None]
    assert max((a - b).abs().max().item() for a, b in zip(found, wanted, strict=True)) <= 1e-5


def test_a_few_steps_lower_both_losses() -> None:
    model, weights = tuned("mini")
    rows = batch("mini", model)
    optimiser = torch.optim.AdamW(weights, lr=3e-3)
    with torch.no_grad():
        first = joint_losses(model, rows, scale())
    for _ in range(60):
        optimiser.zero_grad()
        losses = backward(model, rows, scale())
        optimiser.step()
    assert losses.contrastive < 0.8 * first.contrastive
    assert losses.autoregressive < 0.9 * first.autoregressive


def test_portions_change_neither_losses_nor_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for portion in (32, 2, 1):
        monkeypatch.setattr(step, "PORTION", portion)
        model, weights = tuned("mini")
        rows = batch("mini", model)
        rows = dataclasses.replace(
            rows,
            negatives=[["a dog"], [], ["a car", "a blue car by night"]],
            twins=[(1, "a dog", "two dogs"), (1, "a car", "a cat"), (0, "by day", "by night")],
            paraphrases=[("a dog", "one dog is here"), ("a car", "an automobile")],
            edits=[(0, "by night"), (2, "without the car")],
            targets=rows.pictures[:2],  # type: ignore[index]
        )
        every = LossWeights(text_text=0.5, negatives=True, edits=0.5, twins=0.5)
        losses = joint_losses(model, rows, scale(), every)
        losses.total.backward()
        grads = [weight.grad for weight in weights if weight.grad is not None]
        found.append((losses.total.detach(), losses.autoregressive.detach(), grads))
    (total, spoken, grads), *others = found
    for other in others:
        assert abs(total - other[0]) <= 1e-5
        assert abs(spoken - other[1]) <= 1e-5
        assert max(float((a - b).abs().max()) for a, b in zip(grads, other[2], strict=True)) <= 1e-5


def test_a_text_that_is_said_twice_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = tuned("mini")
    rows = dataclasses.replace(
        batch("mini", model), negatives=[["a cat"], ["a cat"], [SHORT[0]]],
        paraphrases=[("a dog", "a cat"), ("one dog", "a dog")],
    )  # fmt: skip
    read: list[str] = []
    side = model.text_side

    def reading(texts: Sequence[str]) -> torch.Tensor:
        read.extend(texts)
        return side(texts)

    monkeypatch.setattr(model, "text_side", reading)
    with torch.no_grad():
        joint_losses(model, rows, scale(), LossWeights(text_text=0.5, negatives=True))
    assert sorted(read) == sorted({*SHORT, "a cat", "one dog"})
