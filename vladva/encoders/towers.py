"""What all families of two towers share: batches, order, and the query that they cannot read.

Refuses to know how a tower turns a picture or a text into a state.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any

import torch
from torch import Tensor

from vladva.checkpoint import fingerprint
from vladva.encoders.lanes import encode_in_lanes
from vladva.encoders.loading import Placement, batch_size_for, batches
from vladva.encoders.prepare import preprocessing
from vladva.encoders.source import Source
from vladva.errors import Unsupported
from vladva.protocols import Prepare, Prepared, Vectors


class TwoTowers(ABC):
    """Two towers behind the `Encoder` seam. One call at a time, whatever the threads."""

    def __init__(  # noqa: PLR0913 - what was loaded, and how it is read
        self,
        source: Source,
        placement: Placement,
        model: torch.nn.Module,
        *,
        dim: int,
        prepare: Prepare,
        reading: Sequence[str],
    ) -> None:
        """`reading`: names for the fingerprint how a vector is read out of the towers."""
        self.name = source.name
        self.model: Any = model
        self.dim = dim
        self.prepare = prepare
        self.device, self.dtype = placement.device, placement.dtype
        self.batch_size = batch_size_for(placement, model)
        self.fingerprint = fingerprint(
            source.folder,
            adapter=None,
            reading=reading,
            preprocessing=preprocessing(prepare),
            dtype=placement.precision,
        )
        self.on_cpu = placement.device.type == "cpu"
        self.lock = RLock()

    @abstractmethod
    def see(self, pictures: Sequence[Prepared]) -> Tensor:
        """One batch of pictures → states [n, dim], of any length."""

    @abstractmethod
    def read(self, texts: Sequence[str]) -> Tensor:
        """One batch of texts, stripped and valid UTF-8 → states [n, dim], of any length."""

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """Prepared pictures → [n, dim], in order."""
        return self._in_batches(len(pictures), lambda group: self.see([pictures[i] for i in group]))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts → [n, dim], in order. What is beyond the model's length is cut."""
        clean = [plain(text) for text in texts]
        return self._in_batches(len(clean), lambda group: self.read([clean[i] for i in group]))

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:  # noqa: ARG002
        """Always raises `Unsupported`: the towers do not see each other."""
        raise Unsupported(
            f"{self.name} has two towers: it cannot read a picture and words as one query",
            "use an LVLM, such as mini or qwen3-vl-embedding-2b",
        )

    def stacked(self, pictures: Sequence[Prepared]) -> dict[str, Tensor]:
        """Arrays of the pictures as tensors with a batch axis, where the model is."""
        inputs = {
            key: torch.stack([torch.from_numpy(one[key]) for one in pictures]).to(self.device)
            for key in pictures[0]
        }
        return {**inputs, "pixel_values": inputs["pixel_values"].to(self.dtype)}

    def _in_batches(self, count: int, states: Callable[[list[int]], Tensor]) -> Vectors:
        groups = batches([1] * count, self.batch_size, count)
        with self.lock:
            return encode_in_lanes(groups, states, self.dim, self.device)


def plain(text: str) -> str:
    """A text without white space around it and without lone surrogates, which no tokenizer takes.

    >>> plain(" a dog ")
    'a dog'
    """
    return text.strip().encode("utf-8", "replace").decode("utf-8")
