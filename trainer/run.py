"""One training run from data to verdict: wires the rooms of the trainer, told as events.

Refuses to know how any of them works, and who listens.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any, TypeVar

import torch

from vladva import adapters
from vladva.adapters import Adapter
from vladva.model import Features, VladVA
from vladva.trainer import card, curves
from vladva.trainer.assemble import assemble
from vladva.trainer.config import TrainConfig, as_dict, load_config
from vladva.trainer.course import Course, plan
from vladva.trainer.distributed import World, join
from vladva.trainer.events import Evaluated, Event, Saved, Skipped, Started, Summary, as_line
from vladva.trainer.evidence import write_evidence
from vladva.trainer.features import FeatureCache
from vladva.trainer.gate import judge
from vladva.trainer.held_out import HeldOut, Scores, check_texts
from vladva.trainer.journal import Journal
from vladva.trainer.loader import Generated, Lost, Sample, load
from vladva.trainer.loop import Training, train
from vladva.trainer.output import JOURNAL, Output
from vladva.trainer.parts import Parts, check_enough, part
from vladva.trainer.preparations import Preparations
from vladva.trainer.resume import restore
from vladva.trainer.settings import Settings
from vladva.trainer.trainee import Trainee, trainee

__all__ = ["Settings", "start"]

T = TypeVar("T")


def start(settings: Settings) -> Iterator[Event]:
    """Train → events, the last one a `Summary`. `out` becomes the adapter's folder.

    It holds checkpoints too, and `journal.jsonl` and `curves.png`. Setting `stop` ends the run
    after the step it is at, with a checkpoint; with `resume` it goes on from the newest one, bit
    for bit as if it had not ended. Raises `ConfigError`, `DataError`, `ModelError` before anything
    is written, and `TrainingError` where the loss is no longer finite.
    """
    changes = settings.changes
    if settings.model is not None:
        changes = (f"model.name={settings.model}", *changes)
    config = load_config(settings.recipe, changes)
    world = join()
    run = _Run(settings, config, world)
    journal: Journal | None = None
    try:
        for event in run.events():
            if not world.main:
                continue
            if journal is None:
                journal = Journal(settings.out / JOURNAL)
            line = as_line(event)
            with suppress(OSError):  # a full disk takes no more lines, and may have room again
                journal.say(line.pop("event"), **line)
            yield event
    finally:
        if journal is not None:
            with suppress(OSError):
                curves.draw(journal.path, settings.out / "curves.png")


class _Stopped(Exception):
    """The user wants no more of a preparation."""


class _Run:
    def __init__(self, settings: Settings, config: TrainConfig, world: World) -> None:
        torch.set_flush_denormal(True)  # sharp attention makes numbers on which a CPU crawls
        self.settings, self.config, self.world = settings, config, world
        self.output = Output(settings.out, config, resume=settings.resume)
        self.parts: Parts = part(settings.data, config)
        device = settings.device if world.size == 1 else str(world.device)
        self.trainee: Trainee = trainee(config, device, settings.in_use)
        self.made = Preparations(settings.out, config, self.parts, self.trainee, world)
        self.rows = self.parts.rows
        self.begun = time.perf_counter()

    def events(self) -> Generator[Event, None, None]:
        """Everything from the first look at the held-out part to the verdict."""
        config, parts, model = self.config, self.parts, self.trainee.model
        yield from (Skipped(bad.name, bad.reason) for bad in parts.data.bad)
        try:
            captions = yield from self._heeding(self.made.captions())
            held = HeldOut(
                parts.held_data,
                parts.held_rows,
                self.trainee.prepare,
                self.trainee.batch_size,
                captions,
            )
            yield from (Skipped(lost.name, lost.reason) for lost in held.lost)
            check_texts(held)
            before = self._score(held, held.look)
            torch.manual_seed(config.run.seed)
            adapter = self.trainee.adapter(config.adapter)
            towers_learn = adapter.shape.vision or adapter.shape.projector
            look: Callable[[VladVA], Iterable[Features]] = held.look
            if not towers_learn:
                kept = list(held.look(model))
                look = lambda _: kept  # noqa: E731
            cache = None if towers_learn else (yield from self._heeding(self.made.features()))
        except _Stopped:
            yield self._ended_early(0, "stopped before the first step")
            return
        self.rows = parts.rows if cache is None else cache.known(parts.rows)
        check_enough(self.settings.data, len(self.rows))
        training = Training(model, adapter, config, self.world)
        course = self._course(training)
        yield self._started(training, course)
        yield Evaluated(0, before.metrics)

        def save(step: int) -> Iterator[Event]:
            if self.world.main:
                path = self.output.save(training.learner, course)
                yield Saved(step, str(path))

        def score(step: int) -> Iterator[Event]:
            if self.world.main:
                yield Evaluated(step, self._score(held, look).metrics)

        yield from train(
            training,
            self._stream(course, cache, captions),
            course,
            lambda samples: assemble(model, samples, cache, config),
            stop=self.settings.stop,
            save=save,
            score=score,
        )
        if course.done < course.steps:
            said = f"stopped after step {course.done} of {course.steps}"
            yield self._ended_early(course.done, said)
        elif self.world.main:
            after = self._score(held, look)
            yield Evaluated(course.done, after.metrics)
            yield self._finish(adapter, course, before, after)

    @property
    def _batch(self) -> int:
        return min(self.config.data.batch, len(self.rows))

    def _course(self, training: Training) -> Course:
        """A fresh one, or that of the checkpoint, which `training` is then put to."""
        found = self.output.begin(
            {
                **self.parts.names(),
                "base": self.trainee.base["fingerprint"],
                "adapter in use": self.trainee.encoder.fingerprint,
                "readable part": str(len(self.rows)),
            }
        )
        if found is None:
            return plan(self.config.optim, len(self.rows), self._batch)
        facts, tensors = found
        restore(training.learner, tensors)
        return Course(**facts["course"])

    def _stream(
        self, course: Course, cache: FeatureCache | None, captions: Generated
    ) -> Iterator[tuple[list[Sample], list[Lost]]]:
        loss = self.config.loss
        return load(
            self.parts.data,
            self.rows,
            self._batch,
            self.config.run.seed,
            self.trainee.prepare,
            start=course.done,
            workers=self.made.workers(cache),
            decode=cache is None,
            want_edits=loss.edits > 0,
            want_negatives=loss.negatives,
            want_paraphrases=loss.text_text > 0,
            generated=captions,
            share=(self.world.rank, self.world.size),
        )

    def _score(self, held: HeldOut, look: Callable[[VladVA], Iterable[Features]]) -> Scores:
        model = self.trainee.model
        return held.score(model, look(model), self.config.data.long_tokens)

    def _started(self, training: Training, course: Course) -> Started:
        learning = sum(weight.numel() for weight in training.learner.weights.values())
        return Started(
            model=self.config.model.name,
            rows=len(self.rows),
            held_out=len(self.parts.held_rows),
            bad_rows=len(self.parts.data.bad),
            steps=course.steps,
            first_step=course.done,
            trainable=learning,
            total=self.trainee.parameters(),
        )

    def _heeding(self, work: Generator[Event, None, T]) -> Generator[Event, None, T]:
        """The same work, until `stop` is set: what it has made is kept for the next time."""
        while True:
            try:
                event = next(work)
            except StopIteration as done:
                made: T = done.value
                return made
            yield event
            if self.settings.stop.is_set():
                work.close()
                raise _Stopped

    def _ended_early(self, steps: int, stopped: str) -> Summary:
        return Summary(
            adapter=str(self.settings.out),
            steps=steps,
            seconds=time.perf_counter() - self.begun,
            metrics={},
            verdict=None,
            reason="",
            stopped=stopped,
        )

    def _finish(self, adapter: Adapter, course: Course, before: Scores, after: Scores) -> Summary:
        judged = judge(before.log_losses, after.log_losses, after.pictures)
        seconds = time.perf_counter() - self.begun
        facts: dict[str, Any] = {
            "base": self.trainee.base,
            "prompts": asdict(self.trainee.model.prompts),
            "preprocessing": self.trainee.prepare.version,
            "metrics": {"before": before.metrics, "after": after.metrics},
            "verdict": judged.verdict,
            "reason": judged.reason,
            "training": {
                "config": as_dict(self.config),
                "rows": len(self.rows),
                "steps": course.done,
                "seconds": round(seconds, 1),
            },
        }
        self.settings.out.mkdir(parents=True, exist_ok=True)
        write_evidence(self.settings.out, before, after)
        adapters.save(adapter, self.settings.out, facts)
        card.write(self.settings.out, facts, after.metrics)
        return Summary(
            adapter=str(self.settings.out),
            steps=course.done,
            seconds=seconds,
            metrics=after.metrics,
            verdict=judged.verdict,
            reason=judged.reason,
        )
