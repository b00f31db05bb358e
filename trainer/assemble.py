"""Samples → the batch of a joint step: captions as tokens, pictures as pixels or kept features.

Refuses to know where samples come from.
"""

from collections.abc import Sequence

from vladva.model import VladVA
from vladva.protocols import Prepared
from vladva.trainer.config import TrainConfig
from vladva.trainer.features import FeatureCache
from vladva.trainer.loader import Sample
from vladva.trainer.step import Batch


def assemble(
    model: VladVA, samples: Sequence[Sample], kept: FeatureCache | None, config: TrainConfig
) -> Batch:
    """One batch. Where `kept` is given, the samples carry no pictures of their own."""
    edits = [(row, sample.edit) for row, sample in enumerate(samples) if sample.edit is not None]
    spoken = config.loss.autoregressive > 0
    return Batch(
        pictures=_pictures(samples) if kept is None else kept.take([s.index for s in samples]),
        images=[sample.image for sample in samples],
        short=[sample.short for sample in samples],
        long=[
            model.caption_ids([sample.long], config.data.long_tokens)[0]
            if spoken and sample.long
            else ()
            for sample in samples
        ],
        negatives=[sample.negatives for sample in samples] if config.loss.negatives else (),
        paraphrases=[s.paraphrase for s in samples if s.paraphrase is not None],
        edits=[(row, edit[0]) for row, edit in edits],
        targets=[edit[1] for _, edit in edits] or None,
    )


def _pictures(samples: Sequence[Sample]) -> list[Prepared]:
    return [sample.picture for sample in samples if sample.picture is not None]
