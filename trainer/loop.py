"""The loop: samples → losses → gradients → steps, told as a stream of events.

Refuses to know where samples come from, where checkpoints go, and who listens.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

import torch
from torch import nn

from vladva.adapters import Adapter
from vladva.errors import TrainingError
from vladva.losses import LOG_SCALE_START
from vladva.model import VladVA
from vladva.trainer.config import TrainConfig
from vladva.trainer.course import Course
from vladva.trainer.distributed import ALONE, World
from vladva.trainer.events import Event, Skipped, Step
from vladva.trainer.loader import Lost, Sample
from vladva.trainer.memory import peak_memory
from vladva.trainer.optim import optimiser, set_rates
from vladva.trainer.recompute import recomputed
from vladva.trainer.resume import Learner
from vladva.trainer.step import Batch, Losses, LossWeights, backward

TELL_S = 1.0
"""Seconds between two steps that are told."""


class Training:
    """A model, what of it learns, and how."""

    def __init__(
        self, model: VladVA, adapter: Adapter, config: TrainConfig, world: World = ALONE
    ) -> None:
        self.model, self.config, self.world = model, config, world
        self.log_scale = nn.Parameter(torch.tensor(LOG_SCALE_START, device=model.device))
        weights = {**adapter.prompts(), **adapter.lora(), "log_scale": self.log_scale}
        for weight in weights.values():
            weight.requires_grad_(True)
        self.learner = Learner(weights, optimiser(adapter, self.log_scale, config.optim))
        loss = config.loss
        self._weights = LossWeights(
            autoregressive=loss.autoregressive,
            text_text=loss.text_text,
            negatives=loss.negatives,
            edits=loss.edits,
        )

    def step(self, batch: Batch) -> Losses:
        """One optimiser step. Raises `TrainingError` where a loss or gradient is not finite."""
        self.learner.optimiser.zero_grad(set_to_none=True)
        sparing = self.config.model.gradient_checkpointing
        with recomputed(self.model) if sparing else nullcontext():
            losses = backward(
                self.model,
                batch,
                self.log_scale,
                self._weights,
                chunk=self.config.data.chunk,
                world=self.world,
            )
        learning = list(self.learner.weights.values())
        self.world.all_reduce_gradients(learning)
        norm = nn.utils.clip_grad_norm_(learning, self.config.optim.clip)
        if not math.isfinite(float(norm)) or not math.isfinite(float(losses.total)):
            raise TrainingError(
                "the loss is no longer a finite number",
                "lower optim.lr, or raise optim.warmup; the last checkpoint is sound",
            )
        self.learner.optimiser.step()
        return losses


@dataclass
class _Meter:
    """Means and rates since the last step that was told."""

    since: float = field(default_factory=time.perf_counter)
    steps: int = 0
    samples: int = 0
    sums: dict[str, float] = field(default_factory=dict)

    def add(self, losses: Losses, samples: int) -> None:
        found = {
            "loss": losses.total,
            "contrastive": losses.contrastive,
            "autoregressive": losses.autoregressive,
            **losses.others,
        }
        for name, value in found.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value)
        self.steps += 1
        self.samples += samples

    def told(self, course: Course, lr: float) -> Step:
        seconds = max(time.perf_counter() - self.since, 1e-9)
        means = {name: total / self.steps for name, total in self.sums.items()}
        main = {name: means.pop(name) for name in ("loss", "contrastive", "autoregressive")}
        step = Step(
            step=course.done,
            steps=course.steps,
            **main,
            lr=lr,
            samples_per_second=self.samples / seconds,
            peak_memory_bytes=peak_memory(),
            eta_s=(course.steps - course.done) * seconds / self.steps,
            others=means,
        )
        self.since, self.steps, self.samples, self.sums = time.perf_counter(), 0, 0, {}
        return step


def train(  # noqa: PLR0913 - what it calls, and what it is called with
    training: Training,
    stream: Iterable[tuple[Sequence[Sample], Sequence[Lost]]],
    course: Course,
    make: Callable[[Sequence[Sample]], Batch],
    *,
    stop: threading.Event,
    save: Callable[[int], Iterator[Event]],
    score: Callable[[int], Iterator[Event]],
) -> Iterator[Event]:
    """Steps from `course.done` to `course.steps`, or until `stop`; `course` says how far it came.

    `stream` begins at step `course.done`. `save` and `score` are called between steps and tell
    their own events; a checkpoint is also made at the end, however it comes. Raises
    `TrainingError` where a loss is not finite: nothing is saved then.
    """
    optim, run = training.config.optim, training.config.run
    meter = _Meter()
    begun, first, before = time.perf_counter(), course.done, course.spent
    saved = first
    for samples, lost in stream:
        if course.done >= course.steps or training.world.sum(stop.is_set()):
            break
        yield from (Skipped(gone.name, gone.reason) for gone in lost)
        lr = set_rates(training.learner.optimiser, course.done, course.steps, optim)
        seen = training.world.sum(len(samples))
        if seen:
            meter.add(training.step(make(samples)), seen)
        course.done += 1
        took = _main_clock(training.world, time.perf_counter() - begun)
        course.spent = before + took
        course.clock(course.done - first, took)
        if meter.steps and _due(meter, course):
            yield meter.told(course, lr)
        if course.done % run.save_every == 0 and course.done < course.steps:
            yield from save(course.done)
            saved = course.done
        if course.done % run.eval_every == 0 and course.done < course.steps:
            yield from score(course.done)
    if course.done > saved:
        yield from save(course.done)


def _due(meter: _Meter, course: Course) -> bool:
    late = time.perf_counter() - meter.since >= TELL_S
    return late or course.done >= course.steps or course.done == 1


def _main_clock(world: World, seconds: float) -> float:
    """The main process's seconds, on all: they must agree on how many steps a minute holds."""
    return world.sum(int(seconds * 1e6) if world.main else 0) / 1e6
