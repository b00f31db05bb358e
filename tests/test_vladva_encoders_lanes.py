"""Lanes change how fast a batch is encoded, never what comes out."""

import threading

import numpy as np
import pytest
import torch

from vladva.encoders.lanes import encode_in_lanes

CPU = torch.device("cpu")
ROWS = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
UNIT = (ROWS / ROWS.norm(dim=-1, keepdim=True)).numpy()


@pytest.fixture(autouse=True)
def _two_threads() -> object:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield None
    torch.set_num_threads(before)


def test_every_row_lands_at_its_index_whatever_the_groups() -> None:
    groups = [[3, 0, 19, 7, 5, 2, 1, 4, 6], [18, 17, 16], list(range(8, 16))]
    vectors = encode_in_lanes(groups, lambda chosen: ROWS[chosen], 6, CPU)
    np.testing.assert_allclose(vectors, UNIT, atol=1e-6)


def test_a_large_group_runs_in_threads_of_one_core_and_leaves_the_callers_alone() -> None:
    seen: list[tuple[str, int, bool]] = []

    def states(chosen: list[int]) -> torch.Tensor:
        name = threading.current_thread().name
        seen.append((name, torch.get_num_threads(), torch.is_inference_mode_enabled()))
        return ROWS[chosen]

    encode_in_lanes([list(range(20))], states, 6, CPU)
    assert [(threads, inference) for _, threads, inference in seen] == [(1, True), (1, True)]
    assert all(name.startswith("encode") for name, _, _ in seen)
    assert torch.get_num_threads() == 2
    others: list[int] = []
    thread = threading.Thread(target=lambda: others.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert others == [2]


def test_a_single_query_uses_all_cores_at_once() -> None:
    seen: list[int] = []

    def states(chosen: list[int]) -> torch.Tensor:
        seen.append(torch.get_num_threads())
        return ROWS[chosen]

    encode_in_lanes([[0]], states, 6, CPU)
    assert seen == [2]


def test_what_a_lane_raises_is_raised() -> None:
    def states(chosen: list[int]) -> torch.Tensor:
        raise ValueError(f"refused {chosen[0]}")

    with pytest.raises(ValueError, match="refused 0"):
        encode_in_lanes([list(range(20))], states, 6, CPU)


def test_nothing_gives_no_rows() -> None:
    assert encode_in_lanes([], lambda chosen: ROWS[chosen], 6, CPU).shape == (0, 6)
