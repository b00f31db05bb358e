"""Every loss against a reference written out in plain loops, in float64."""

import math

import pytest
import torch
from torch import Tensor

from vladva.losses import IGNORED, LOG_SCALE_MAX, Spared, contrastive, next_token, similarities


def states(n: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, 7, generator=generator, dtype=torch.float64, requires_grad=True)


def scale(value: float = 1.2) -> Tensor:
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def reference_contrastive(
    images: Tensor,
    texts: Tensor,
    log_scale: Tensor,
    spared: tuple[set[tuple[int, int]], set[tuple[int, int]]] = (set(), set()),
    negatives: dict[int, list[Tensor]] | None = None,
) -> Tensor:
    def score_of(image: Tensor, text: Tensor) -> Tensor:
        return log_scale.exp() * (image @ text) / image.norm() / text.norm()

    n = len(images)
    score = [[score_of(images[i], texts[j]) for j in range(n)] for i in range(n)]
    same, fits = spared
    total = torch.zeros((), dtype=torch.float64)
    for i in range(n):
        row = sum(score[i][j].exp() for j in range(n) if i == j or (i, j) not in same)
        row = row + sum(score_of(images[i], text).exp() for text in (negatives or {}).get(i, []))
        column = sum(score[j][i].exp() for j in range(n) if i == j or (j, i) not in same | fits)
        total = total - (score[i][i].exp() / row).log() - (score[i][i].exp() / column).log()
    return total / (2 * n)


@pytest.mark.parametrize("same", [set(), {(0, 3), (3, 0)}])
def test_contrastive_equals_its_definition_in_value_and_gradient(
    same: set[tuple[int, int]],
) -> None:
    inputs = [states(5, 0), states(5, 1), scale()]
    mask = torch.tensor([[(i, j) in same for j in range(5)] for i in range(5)])
    ours = contrastive(*inputs, Spared(mask))
    theirs = reference_contrastive(*inputs, (same, set()))
    assert abs(ours.item() - theirs.item()) <= 1e-12
    for a, b in zip(
        torch.autograd.grad(ours, inputs), torch.autograd.grad(theirs, inputs), strict=True
    ):
        assert (a - b).abs().max() <= 1e-10


@pytest.mark.parametrize("owners", [[3, 0, 3, 3], []])
def test_false_texts_join_their_rows_denominator_in_value_and_gradient(owners: list[int]) -> None:
    false = states(len(owners), 8)
    inputs = [states(5, 0), states(5, 1), scale()]
    theirs = reference_contrastive(
        *inputs,
        negatives={i: [false[k] for k, o in enumerate(owners) if o == i] for i in range(5)},
    )
    ours = contrastive(*inputs, negatives=(false, torch.tensor(owners, dtype=torch.int64)))
    assert abs(ours.item() - theirs.item()) <= 1e-12
    learning = [*inputs, false] if owners else inputs
    for a, b in zip(
        torch.autograd.grad(ours, learning), torch.autograd.grad(theirs, learning), strict=True
    ):
        assert (a - b).abs().max() <= 1e-10


def test_a_picture_that_a_text_fits_leaves_the_denominator_of_that_text_alone() -> None:
    inputs = [states(5, 0), states(5, 1), scale()]
    same, fits = {(0, 3), (3, 0)}, {(1, 2), (4, 2), (2, 2)}
    masks = [
        torch.tensor([[(i, j) in pairs for j in range(5)] for i in range(5)])
        for pairs in (same, fits)
    ]
    ours = contrastive(*inputs, Spared(*masks))
    theirs = reference_contrastive(*inputs, (same, fits))
    assert abs(ours.item() - theirs.item()) <= 1e-12
    for a, b in zip(
        torch.autograd.grad(ours, inputs), torch.autograd.grad(theirs, inputs), strict=True
    ):
        assert (a - b).abs().max() <= 1e-10


def test_contrastive_of_no_pairs_is_zero_and_gives_zero_gradient() -> None:
    nothing, log_scale = states(0, 0), scale()
    loss = contrastive(nothing, nothing, log_scale)
    assert loss.item() == 0.0
    assert torch.autograd.grad(loss, log_scale)[0].item() == 0.0


def test_contrastive_of_alike_rows_is_the_log_of_their_number() -> None:
    alike = torch.ones(8, 4, dtype=torch.float64)
    assert contrastive(alike, alike, scale()).item() == pytest.approx(math.log(8))


def test_contrastive_does_not_care_for_the_order_of_the_rows() -> None:
    images, texts = states(6, 2), states(6, 3)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    plain = contrastive(images, texts, scale())
    assert contrastive(images[order], texts[order], scale()).item() == pytest.approx(plain.item())


def test_the_scale_stops_at_its_bound() -> None:
    image, text = states(2, 4), states(2, 5)
    bound = similarities(image, text, scale(LOG_SCALE_MAX))
    assert torch.equal(similarities(image, text, scale(LOG_SCALE_MAX + 3)), bound)


def test_next_token_equals_its_definition_and_skips_ignored_tokens() -> None:
    logits = states(6, 6).reshape(2, 3, 7)
    ids = torch.tensor([[1, 4, IGNORED], [0, IGNORED, IGNORED]])
    counted = [(0, 0, 1), (0, 1, 4), (1, 0, 0)]
    theirs = sum(logits[i, t].exp().sum().log() - logits[i, t, k] for i, t, k in counted) / 3
    ours = next_token(logits, ids)
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-12)
    (a,), (b,) = (torch.autograd.grad(loss, logits, retain_graph=True) for loss in (ours, theirs))
    assert (a - b).abs().max() <= 1e-12


def test_next_token_of_nothing_is_zero_and_gives_zero_gradient() -> None:
    logits = states(2, 7).reshape(1, 2, 7)
    loss = next_token(logits, torch.full((1, 2), IGNORED))
    assert loss.item() == 0.0
    assert torch.autograd.grad(loss, logits)[0].abs().max() == 0.0


def test_parts_of_a_batch_divided_by_its_tokens_add_up_to_its_loss() -> None:
    logits = states(8, 9).reshape(4, 2, 7)
    ids = torch.tensor([[1, 4], [0, IGNORED], [3, 3], [IGNORED, IGNORED]])
    whole = next_token(logits, ids)
    parts = [next_token(logits[rows], ids[rows], count=5) for rows in ([0, 3], [1, 2])]
    assert sum(parts).item() == pytest.approx(whole.item(), abs=1e-12)
    (a,), (b,) = (
        torch.autograd.grad(one, logits, retain_graph=True) for one in (whole, sum(parts))
    )
    assert (a - b).abs().max() <= 1e-12
    assert next_token(logits[3:], ids[3:], count=0).item() == 0.0
