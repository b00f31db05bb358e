"""Scenes → what an encoder takes and gives: drawn, prepared and encoded a few at a time.

No picture is written, and no more than a chunk of them is held. Refuses to know what is asked of
the vectors.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from vladva.benchmarks.registry import Progress
from vladva.protocols import Encoder, Prepared, Vectors
from vladva.toyland.draw import draw
from vladva.toyland.scene import Scene

SIDE = 256
"""Pixels of a drawn picture."""
AT_ONCE = 64


def prepared(encoder: Encoder, scenes: Sequence[Scene]) -> Iterator[list[Prepared]]:
    """The scenes' pictures as the encoder takes them, `AT_ONCE` at a time, in order."""
    for start in range(0, len(scenes), AT_ONCE):
        chunk = scenes[start : start + AT_ONCE]
        yield [encoder.prepare(draw(scene, SIDE)) for scene in chunk]


def encode_scenes(encoder: Encoder, scenes: Sequence[Scene], progress: Progress) -> Vectors:
    """The scenes' pictures → [n, dim]."""
    vectors = np.empty((len(scenes), encoder.dim), np.float32)
    done = 0
    for chunk in prepared(encoder, scenes):
        vectors[done : done + len(chunk)] = encoder.encode(chunk)
        done += len(chunk)
        progress(done, len(scenes))
    return vectors
