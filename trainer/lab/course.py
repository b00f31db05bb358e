"""The way every stage goes: clip, rate, step, journal, and a state from which it goes on.

Which samples a step sees is a function of the seed and of how many were seen, so a run that was
killed goes on with the very samples that it would have had. The state is one file, replaced in one
move: weights, optimisers and the count are always of the same moment. Ours. Refuses to know what is
learned, and from what.
"""

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from vladva.errors import DataError, TrainingError
from vladva.trainer.journal import Journal
from vladva.trainer.optim import PEAK
from vladva.trainer.order import batches

WARM_UP, COOL_DOWN, FLOOR = 0.03, 0.25, 0.02
"""Shares of a run that warm up and cool down; part of the peak rate that is left at its end."""


class Course:
    """`total` samples of training in `folder`; goes on where `<name>-state.safetensors` ends.

    Each optimiser group's "lr" is its peak rate. `weights` are all weights of the optimisers, by
    name. What a step reports goes to `<name>.jsonl` as means of `say_every` steps; the state is
    saved every `save_s` seconds. `of` names what else it is made of, or says it of a state after so
    many samples. Raises `DataError` where the state is of other weights, or of another `of`.
    """

    def __init__(  # noqa: PLR0913 - a run's whole surface
        self,
        folder: Path,
        name: str,
        weights: Mapping[str, nn.Parameter],
        optimisers: Sequence[Optimizer],
        total: int,
        *,
        of: str | Callable[[int], str] = "",
        clip: float = 1.0,
        say_every: int = 50,
        save_s: float = 120.0,
    ) -> None:
        self.journal = Journal(folder / f"{name}.jsonl")
        self.total, self.seen, self.steps = total, 0, 0
        self._place = folder / f"{name}-state.safetensors"
        self._of = of if callable(of) else lambda _: of
        self._weights, self._optimisers = dict(weights), list(optimisers)
        self._clip, self._say_every, self._save_s = clip, say_every, save_s
        self._sums: dict[str, Tensor] = {}
        self._noted: Counter[str] = Counter()
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group[PEAK] = group["lr"]
        if self._place.exists():
            self._restore()
        self._told = self._saved = time.monotonic()
        self._seen_told = self._before = self.seen
        trained = sum(weight.numel() for weight in self._weights.values())
        self.journal.say("start", seen=self.seen, total=total, trained=trained)

    @property
    def done(self) -> bool:
        """Whether all samples were seen."""
        return self.seen >= self.total

    def due(self, every: int) -> bool:
        """Whether the last step went past a multiple of `every` samples, or was the last of all."""
        return self.done or self.seen // every > self._before // every

    def order(self, count: int, size: int, seed: int, together: int = 1) -> Iterator[list[int]]:
        """What is still to come: numbers round x count + index, `size` at a time, until the end.

        `together`: so many samples in a row are in one batch; counts and sizes are multiples of it.

        Fits `DataLoader(batch_sampler=…)`: `number % count` is the sample, the number itself the
        seed of its wording.
        """
        first, end = self.seen // size, -(-self.total // size)
        groups, some = count // together, size // together
        ahead = batches(np.arange(groups), some, seed, start=first)
        for step, (_, rows) in enumerate(islice(ahead, max(end - first, 0)), first):
            rounds = [(step * some + at) // groups for at in range(some)]
            heads = [before * groups + int(row) for before, row in zip(rounds, rows, strict=True)]
            yield [head * together + at for head in heads for at in range(together)]

    def step(self, loss: Tensor | None, samples: int, **told: Tensor | float) -> None:
        """One step: backward (None: it was done), clip, rate, update. `told` goes to the journal.

        Raises `TrainingError` where a gradient is not finite: the state of before is then sound.
        """
        if loss is not None:
            loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self._weights.values(), self._clip)
        if not math.isfinite(float(norm)):
            raise TrainingError("a gradient is no longer finite", "try a lower learning rate")
        self._note({"norm": norm, **({} if loss is None else {"loss": loss}), **told})
        self._set_rates(samples)
        for optimiser in self._optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self._before, self.seen, self.steps = self.seen, self.seen + samples, self.steps + 1
        if self.steps % self._say_every == 0 or self.done:
            self._say()
        if time.monotonic() - self._saved > self._save_s or self.done:
            self.save()

    def save(self) -> None:
        """Write the state beside its place, and move it there."""
        tensors = {f"weight/{name}": weight.detach() for name, weight in self._weights.items()}
        for number, optimiser in enumerate(self._optimisers):
            for at, state in optimiser.state_dict()["state"].items():
                tensors |= {f"optimiser/{number}/{at}/{key}": v for key, v in state.items()}
        tensors = {key: value.cpu().contiguous().clone() for key, value in tensors.items()}
        beside = self._place.with_suffix(".unfinished")
        facts = {"of": self._of(self.seen), "seen": self.seen, "steps": self.steps}
        save_file(tensors, beside, {"course": json.dumps(facts)})
        beside.replace(self._place)
        self._saved = time.monotonic()

    def _restore(self) -> None:
        with safe_open(self._place, "pt") as file:
            facts = json.loads(file.metadata()["course"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no dict
        shapes = {f"weight/{name}": weight.shape for name, weight in self._weights.items()}
        alike = shapes == {k: t.shape for k, t in tensors.items() if k.startswith("weight/")}
        if not alike or facts.get("of", "") != self._of(facts["seen"]):
            what = f"of {facts['of']}" if alike else "of other weights"
            raise DataError(
                f"{self._place} is the state of another run, {what}", "delete it to begin anew"
            )
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(tensors[f"weight/{name}"])
        for number, optimiser in enumerate(self._optimisers):
            state: dict[int, dict[str, Tensor]] = {}
            for key, value in tensors.items():
                if key.startswith(f"optimiser/{number}/"):
                    _, _, at, name = key.split("/")
                    state.setdefault(int(at), {})[name] = value
            optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
        self.seen, self.steps = facts["seen"], facts["steps"]

    def _set_rates(self, samples: int) -> None:
        share = share_at((self.seen + samples / 2) / self.total)
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group[PEAK] * (FLOOR + (1 - FLOOR) * share)

    def _note(self, told: Mapping[str, Tensor | float]) -> None:
        for name, value in told.items():
            found = torch.as_tensor(value).detach().float()
            self._sums[name] = self._sums[name] + found if name in self._sums else found
            self._noted[name] += 1

    def _say(self) -> None:
        """Means and samples a second since the last time."""
        now = time.monotonic()
        values = {name: round(float(v) / self._noted[name], 4) for name, v in self._sums.items()}
        pace = (self.seen - self._seen_told) / max(now - self._told, 1e-9)
        rate = self._optimisers[0].param_groups[0]["lr"]
        self.journal.say("step", seen=self.seen, lr=rate, per_s=round(pace, 1), **values)
        self._sums, self._noted, self._told, self._seen_told = {}, Counter(), now, self.seen


def share_at(progress: float) -> float:
    """Part of the peak rate after `progress` (0 to 1) of a run: up a line, flat, down a line.

    Flat, so that a run may be made longer before it cools down, which a cosine does not forgive.

    >>> [round(share_at(x / 20), 2) for x in (0, 1, 10, 15, 18, 20)]
    [0.0, 1.0, 1.0, 1.0, 0.4, 0.0]
    """
    return max(0.0, min(1.0, progress / WARM_UP, (1 - progress) / COOL_DOWN))
