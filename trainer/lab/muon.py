"""Muon for the matrices of a network, AdamW for the rest of it.

Muon (K. Jordan et al., 2024): momentum, brought near the closest orthogonal matrix by five steps
of Newton and Schulz, so that no direction of a matrix learns more slowly than another. On mini's
language stage it reached AdamW's loss in about two thirds of the steps (100 steps of 32 pictures:
1.00 against 1.37). PyTorch has a Muon that iterates in bfloat16, a hundred times slower than
float32 on processors without it, hence this one. Refuses to know what is trained.
"""

import math
from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

_STEPS = 5
_A, _B, _C = 3.4445, -4.7750, 2.0315
"""Of the quintic whose iteration drives singular values towards 1 (Jordan et al.)."""
_OWN_SPACE = ("embed", "head")
"""In names of matrices whose rows stand for tokens or classes: Muon is not for these."""


class Muon(Optimizer):
    """Updates whose entries have root mean square `lr`, as AdamW's have about: one rate for both.

    Parameters are matrices. Weight decay is decoupled.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One update of every matrix that has a gradient; there is no closure."""
        assert closure is None
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._update(weight, group)

    def _update(self, weight: nn.Parameter, group: Mapping[str, float]) -> None:
        state, grad = self.state[weight], weight.grad
        assert grad is not None
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(weight)
        mean = state["momentum"].lerp_(grad, 1 - group["momentum"])
        ahead = grad.lerp(mean, group["momentum"])  # Nesterov's look ahead
        weight.mul_(1 - group["lr"] * group["weight_decay"])
        weight.add_(orthogonal(ahead), alpha=-group["lr"] * math.sqrt(max(weight.shape)))


def orthogonal(matrix: Tensor) -> Tensor:
    """A matrix [r, c] with the same singular vectors and singular values between 0.7 and 1.2."""
    tall = matrix.shape[0] > matrix.shape[1]
    x: Tensor = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=_B, alpha=_C), x, beta=_A)
    return x.T if tall else x


def optimisers(
    weights: Mapping[str, nn.Parameter], rate: float, decay: float, betas: tuple[float, float]
) -> list[Optimizer]:
    """Muon over the matrices between embeddings and heads, AdamW over everything else."""
    matrices = {
        name: weight
        for name, weight in weights.items()
        if weight.ndim == 2 and not any(part in name for part in _OWN_SPACE)
    }
    others = [weight for name, weight in weights.items() if name not in matrices]
    found: list[Optimizer] = [AdamW(others, lr=rate, weight_decay=decay, betas=betas)]
    if matrices:
        found.append(Muon(matrices.values(), lr=rate, weight_decay=decay))
    return found
