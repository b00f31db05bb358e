"""Several processes as one: each holds a part of the batch, and together they are the batch.

Every rank computes the loss of the whole batch from everyone's states, but its gradients flow
only into its own rows; the sum of all ranks' gradients is then the gradient of one process with
the whole batch (ours: the paper does not say how it gathers). Refuses to know models and losses.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed, nn

from vladva.errors import ConfigError


@dataclass(frozen=True)
class World:
    """This process among `size`. Every method but `share` must be called by all ranks alike."""

    rank: int = 0
    size: int = 1
    device: torch.device = torch.device("cpu")  # noqa: RUF009 - immutable
    """Where what is exchanged lies."""

    @property
    def main(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def gather(self, own: Tensor) -> Tensor:
        """Rows [n, …] of each rank, n not the same on all → [N, …], rank after rank.

        Gradients flow to this rank's own rows only.
        """
        if self.size == 1:
            return own
        counts = self._counts(len(own))
        padded = own.new_zeros((max(counts), *own.shape[1:]))
        padded[: len(own)] = own.detach()
        parts = [torch.empty_like(padded) for _ in counts]
        if max(counts):
            distributed.all_gather(parts, padded)
        rows = [part[:count] for part, count in zip(parts, counts, strict=True)]
        rows[self.rank] = own
        return torch.cat(rows)

    def before(self, count: int) -> int:
        """Rows on the ranks before this one, of which each has its own `count`."""
        return sum(self._counts(count)[: self.rank]) if self.size > 1 else 0

    def sum(self, count: int) -> int:
        """Σ of a whole number over the ranks. Of a flag: how many ranks raise it."""
        return sum(self._counts(count)) if self.size > 1 else count

    def total(self, own: Tensor) -> Tensor:
        """Σ of a scalar over the ranks; gradients flow to this rank's own share."""
        return self.gather(own.reshape(1)).sum()

    def share(self, value: Tensor) -> Tensor:
        """The same value, of whose gradient each rank takes an equal part.

        For a parameter that enters the whole batch's loss on every rank alike.
        """
        if self.size == 1:
            return value
        fixed = value.detach()
        return fixed + (value - fixed) / self.size

    def all_reduce_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Each `.grad` becomes the sum over the ranks; a rank without one counts as zeros."""
        if self.size == 1:
            return
        kinds: dict[torch.dtype, list[Tensor]] = {}
        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            kinds.setdefault(parameter.grad.dtype, []).append(parameter.grad)
        for gradients in kinds.values():
            flat = torch.cat([gradient.flatten() for gradient in gradients])
            distributed.all_reduce(flat)
            parts = torch.split(flat, [gradient.numel() for gradient in gradients])
            for gradient, part in zip(gradients, parts, strict=True):
                gradient.copy_(part.view_as(gradient))

    def _counts(self, count: int) -> list[int]:
        own = torch.tensor([count], dtype=torch.int64, device=self.device)
        parts = [torch.empty_like(own) for _ in range(self.size)]
        distributed.all_gather(parts, own)
        return [int(part) for part in parts]


ALONE = World()
"""One process: nothing is exchanged."""


def join(*, cpu: bool = False) -> World:
    """The processes that `accelerate launch` (or torchrun) started; without it, `ALONE`.

    `cpu`: compute there though there is a GPU. Raises `ConfigError` where the processes do not
    find each other: each would train alone, and all write the same files.
    """
    wanted = int(os.environ.get("WORLD_SIZE", "1"))
    if wanted == 1:
        return ALONE
    from accelerate import PartialState
    from accelerate.utils import parse_flag_from_env

    asked = cpu or parse_flag_from_env("ACCELERATE_USE_CPU")
    state = PartialState(
        cpu=asked or not torch.accelerator.is_available(),
        timeout=timedelta(days=7),  # the main process prepares for hours while the others wait
    )
    if state.num_processes != wanted:
        raise ConfigError(
            f"{wanted} processes were started, but this one sees {state.num_processes}",
            "start them with `accelerate launch` on GPUs, `torchrun` on CPUs; or start only one",
        )
    return World(state.process_index, state.num_processes, state.device)
