"""Batches → unit vectors; on a processor, in lanes: single-threaded calls side by side.

A call that all cores share waits at every layer for the slowest of them, which is the one that
something else interrupts, such as a decode child. Refuses to know any family.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Barrier

import numpy as np
import torch
from torch import Tensor

from vladva.model import unit
from vladva.protocols import Vectors

_SHARE = 2  # fewer pictures than this are not worth a lane


def encode_in_lanes(
    groups: Sequence[list[int]],
    states: Callable[[list[int]], Tensor],
    dim: int,
    device: torch.device,
) -> Vectors:
    """`states` of each group of indexes, scaled to unit length → [n, dim], by index."""
    vectors = np.zeros((sum(map(len, groups)), dim), dtype=np.float32)

    def fill(chosen: list[int]) -> None:
        with torch.inference_mode():
            vectors[chosen] = unit(states(chosen)).cpu().numpy()

    most = torch.get_num_threads() if device.type == "cpu" else 1
    for group in groups:
        if 1 < most <= len(group) // _SHARE:
            list(_lanes(most).map(fill, [group[lane::most] for lane in range(most)]))
        else:  # too few for a lane on every core: all cores share the call
            fill(group)
    return vectors


@lru_cache(maxsize=1)
def _lanes(count: int) -> ThreadPoolExecutor:
    lanes = ThreadPoolExecutor(count, "encode", initializer=_use_one_core)
    begun = Barrier(count)
    list(lanes.map(lambda _: begun.wait(), range(count)))
    torch.set_num_threads(count)  # else every thread to come would have one core too
    return lanes


def _use_one_core() -> None:
    torch.set_num_threads(1)
    torch.get_num_threads()  # the first call fixes the number for this thread
