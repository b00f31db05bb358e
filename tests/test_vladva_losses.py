"""Every loss against a reference written out in plain loops, in float64."""

import math

import pytest
import torch
from torch import Tensor

from vladva.losses import IGNORED, LOG_SCALE_MAX, contrastive, next_token, similarities


def states(n: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, 7, generator=generator, dtype=torch.float64, requires_grad=True)


def scale(value: float = 1.2) -> Tensor:
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def reference_contrastive(
    images: Tensor, texts: Tensor, log_scale: Tensor, same: set[tuple[int, int]]
) -> Tensor:
    n = len(images)
    score = [
        [
            log_scale.exp() * (images[i] @ texts[j]) / images[i].norm() / texts[j].norm()
            for j in range(n)
        ]
        for i in range(n)
    ]
    total = torch.zeros((), dtype=torch.float64)
    for i in range(n):
        row = sum(score[i][j].exp() for j in range(n) if i == j or (i, j) not in same)
        column = sum(score[j][i].exp() for j in range(n) if i == j or (j, i) not in same)
        total = total - (score[i][i].exp() / row).log() - (score[i][i].exp() / column).log()
    return total / (2 * n)


@pytest.mark.parametrize("same", [set(), {(0, 3), (3, 0)}])
def test_contrastive_equals_its_definition_in_value_and_gradient(
    same: set[tuple[int, int]],
) -> None:
    inputs = [states(5, 0), states(5, 1), scale()]
    mask = torch.tensor([[(i, j) in same for j in range(5)] for i in range(5)])
    ours = contrastive(*inputs, same=mask)
    theirs = reference_contrastive(*inputs, same=same)
    assert abs(ours.item() - theirs.item()) <= 1e-12
    for a, b in zip(
        torch.autograd.grad(ours, inputs), torch.autograd.grad(theirs, inputs), strict=True
    ):
        assert (a - b).abs().max() <= 1e-10


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
