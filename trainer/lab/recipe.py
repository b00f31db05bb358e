"""What a joint stage does, as one value; a row of an ablation is another one.

Ours, around the paper's: its plain sum is `autoregressive` 1 and every addition 0. Refuses to know
where anything lies.
"""

import argparse
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from vladva.adapters import AdapterShape
from vladva.trainer.batch import LossWeights
from vladva.trainer.lab.rows import Wants
from vladva.trainer.lab.worlds import WORLDS, World

BLOCK = 6_400
"""Scenes that are shown before what is shown changes, see `Recipe.relations_from`."""
Caption = Literal["short", "long"]
CAPTIONS: tuple[Caption, ...] = ("short", "long")
_CHOICES: dict[str, tuple[str, ...]] = {
    "world": WORLDS,
    "contrast": CAPTIONS,
    "spoken": CAPTIONS,
}


@dataclass(frozen=True)
class Recipe:
    """`scenes` pictures, `batch` at a time, at most at learning rate `rate`."""

    world: World = "plain"
    scenes: int = 165_000
    batch: int = 128
    rate: float = 2e-3
    rank: int = 32
    soft_prompts: bool = True
    autoregressive: float = 1.0
    text_text: float = 1.0
    edits: float = 0.5
    twins: float = 1.0
    negatives: int = 2
    """False texts of a picture, at most; each has a true twin, for the loss `twins`."""
    dense_from: int = 18_000
    dense: int = 12_000
    """So many scenes, from the `dense_from`-th on, all offer a relation, and on them only what
    tells true from false is learned: contrast, twins, text–text. Before, with every loss and all
    kinds of scenes, who stands where stayed at chance (`vladva/mini/README.md`): neither the words
    of a twin nor their order say anything by themselves."""
    relations_from: int = 67_072
    """From this scene on, every second `BLOCK` of scenes all offer a relation, with every loss; 0:
    never."""
    speech_from: int = 105_088
    """From this scene on `autoregressive` counts twice, 0: never. With the blocks above, and at its
    plain weight, the adapter cost captions 2.5 % of their facts (`docs/evidence.md`)."""
    relations: bool = False
    """Whether only scenes that offer a relation are shown, and not just in that stretch and these
    blocks."""
    pictures: bool = True
    """False: nothing but the text–text loss, as E5-V does it."""
    contrast: Caption = "short"
    """What pictures are compared with."""
    spoken: Caption = "long"
    """What the next-token loss is on."""
    long_tokens: int = 150
    """A spoken caption is cut here."""
    seed: int = 0

    @property
    def shape(self) -> AdapterShape:
        """The adapter that learns; alpha is the rank (paper: 16 and 16)."""
        return AdapterShape(rank=self.rank, alpha=self.rank, soft_prompts=self.soft_prompts)

    @property
    def losses(self) -> LossWeights:
        """Weights of the step's losses."""
        if not self.pictures:
            return LossWeights(autoregressive=0.0, text_text=1.0)
        hard = self.negatives > 0
        return LossWeights(
            self.autoregressive, self.text_text, hard, self.edits, self.twins if hard else 0.0
        )

    def at(self, seen: int) -> "Recipe":
        """What is done after `seen` scenes, however many are to come."""
        if self.dense_from <= seen < self.dense_from + self.dense:
            return replace(self, relations=True, autoregressive=0.0, edits=0.0)
        block = (seen - self.relations_from) // BLOCK
        dense = 0 < self.relations_from <= seen and block % 2 == 0
        speech = 2 if 0 < self.speech_from <= seen else 1
        return replace(
            self,
            relations=self.relations or dense,
            autoregressive=speech * self.autoregressive,
        )

    def wants(self, targets: int) -> Wants:
        """What each row must hold, where the first `targets` scenes have an edit drawn."""
        return Wants(
            long=self.pictures and ("long" in (self.contrast, self.spoken)),
            negatives=self.negatives,
            pairs=self.losses.text_text > 0,
            edits=targets if self.losses.edits > 0 else 0,
            relations=self.relations,
            world=self.world,
        )

    def settings(self) -> dict[str, Any]:
        """Everything but how long it goes on: what a run cannot change on its way."""
        return {name: value for name, value in asdict(self).items() if name != "scenes"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """An option for each field: `--text-text 0.5`, `--no-pictures`."""
    for field in fields(Recipe):
        option = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            parser.add_argument(
                option, action=argparse.BooleanOptionalAction, default=field.default
            )
        elif isinstance(field.default, str):
            parser.add_argument(option, choices=_CHOICES[field.name], default=field.default)
        else:
            parser.add_argument(option, type=type(field.default), default=field.default)


def recipe_of(options: argparse.Namespace) -> Recipe:
    """What the options say."""
    return Recipe(**{field.name: getattr(options, field.name) for field in fields(Recipe)})
