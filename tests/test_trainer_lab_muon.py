"""Muon against what its definition says, and the division of a network between two optimisers."""

import pytest
import torch
from torch import nn

from vladva.trainer.lab.muon import Muon, optimisers, orthogonal


@pytest.mark.parametrize("shape", [(16, 16), (8, 24), (24, 8)])
def test_all_directions_of_an_update_are_alike(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    u, v = (torch.linalg.qr(torch.randn(side, side))[0] for side in shape)
    few = min(shape)
    skewed = u[:, :few] @ torch.diag(torch.logspace(-1, 0.5, few)) @ v[:few]
    before, after = torch.linalg.svdvals(skewed), torch.linalg.svdvals(orthogonal(skewed))
    assert before.max() / before.min() > 5
    assert after.max() / after.min() < 2.5
    assert after.min() > 0.5
    nearest = u[:, :few] @ v[:few]
    assert torch.cosine_similarity(orthogonal(skewed).ravel(), nearest.ravel(), 0) > 0.95


def test_the_entries_of_an_update_have_the_rate_as_root_mean_square() -> None:
    torch.manual_seed(0)
    weight = nn.Parameter(torch.zeros(32, 64))
    weight.grad = torch.randn(32, 64) * 1e-3
    Muon([weight], lr=0.01).step()
    assert weight.detach().square().mean().sqrt().item() == pytest.approx(0.01, rel=0.2)


def test_a_skewed_problem_is_solved_in_fewer_steps_than_plain_descent_needs() -> None:
    torch.manual_seed(0)
    seen = torch.randn(256, 16) @ torch.diag(torch.logspace(-1.5, 0.5, 16))
    wanted = seen @ torch.randn(16, 16)
    ends = {}
    for name in ("muon", "sgd"):
        weight = nn.Parameter(torch.zeros(16, 16))
        optimiser = Muon([weight], lr=0.05) if name == "muon" else torch.optim.SGD([weight], 0.05)
        for _ in range(150):
            optimiser.zero_grad()
            (seen @ weight - wanted).square().mean().backward()
            optimiser.step()
        ends[name] = (seen @ weight - wanted).square().mean().item()
    assert ends["muon"] < ends["sgd"] / 2


def test_embeddings_heads_and_vectors_are_not_for_muon() -> None:
    weights = {
        "embed_tokens.weight": nn.Parameter(torch.zeros(4, 2)),
        "lm_head.weight": nn.Parameter(torch.zeros(4, 2)),
        "layers.0.q_proj.weight": nn.Parameter(torch.zeros(2, 2)),
        "norm.weight": nn.Parameter(torch.zeros(2)),
    }
    other, matrices = optimisers(weights, 1e-3, 0.0, (0.9, 0.98))
    assert isinstance(matrices, Muon)
    held = {id(weight) for weight in matrices.param_groups[0]["params"]}
    assert held == {id(weights["layers.0.q_proj.weight"])}
    assert len(other.param_groups[0]["params"]) == 3
