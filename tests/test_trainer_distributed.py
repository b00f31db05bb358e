"""Two processes with a part of the batch each are one process with the whole batch."""

import os
from typing import Any

import batches
import pytest
import tiny
import torch
from batches import EVERYTHING
from torch import Tensor, distributed, multiprocessing, nn

from vladva.errors import ConfigError
from vladva.model import VladVA
from vladva.trainer.batch import Batch
from vladva.trainer.distributed import ALONE, World, join
from vladva.trainer.step import backward

KINDS = ("mini", "qwen3_vl")
SPLITS = {
    "even": [([0, 1, 2, 4], slice(0, 2), slice(0, 3)), ([3, 5, 6], slice(2, 3), slice(3, 3))],
    "one rank has hardly anything": [
        ([0, 1, 2, 4, 5, 6], slice(0, 3), slice(0, 3)),
        ([3], slice(3, 3), slice(3, 3)),
    ],
    "one rank has nothing": [
        (list(range(7)), slice(0, 3), slice(0, 3)),
        ([], slice(3, 3), slice(3, 3)),
    ],
}
CASES = [("mini", split, chunk) for split in SPLITS for chunk in (None, 2)]
CASES += [("qwen3_vl", "even", 2)]


def outcome(
    model: VladVA, batch: Batch, chunk: int | None, world: World
) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Losses and gradients, summed over the ranks."""
    log_scale = batches.scale()
    losses = backward(model, batch, log_scale, EVERYTHING, chunk=chunk, world=world)
    world.all_reduce_gradients([*batches.learning(model).values(), log_scale])
    values = {"contrastive": losses.contrastive, "autoregressive": losses.autoregressive}
    values |= losses.others
    return {k: v.item() for k, v in values.items()}, batches.gradients(model, log_scale)


def seams(world: World) -> dict[str, Any]:
    """What each of `World`'s methods answers on this rank."""
    mine = torch.full((world.rank + 1, 2), float(world.rank + 1), requires_grad=True)
    everyones = world.gather(mine)
    (everyones * torch.arange(3.0)[:, None]).sum().backward()
    shared = torch.tensor(3.0, requires_grad=True)
    (2 * world.share(shared)).backward()
    left, right = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2, dtype=torch.float64))
    if world.rank == 1:
        left.grad = torch.ones(2)
    right.grad = torch.full((2,), 1.0 + world.rank, dtype=torch.float64)
    world.all_reduce_gradients([left, right])
    return {
        "gathered": everyones.detach(),
        "own": mine.grad,
        "nothing": world.gather(torch.zeros(0, 2)).shape,
        "shared": shared.grad,
        "left": left.grad,
        "right": right.grad,
        "before": world.before(5 + world.rank),
        "sum": world.sum(5 + world.rank),
        "total": world.total(torch.tensor(1.5 + world.rank)),
        "main": world.main,
    }


def work(rank: int, folders: dict[str, str], meeting: str) -> None:
    """One of the two processes; both leave what they found beside the meeting point."""
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "OMP_NUM_THREADS": "1"}
    os.environ |= {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    world = join(cpu=True)
    assert (world.rank, world.size, world.device.type) == (rank, 2, "cpu")
    found: dict[Any, Any] = {"seams": seams(world)}
    for kind, folder in folders.items():
        model = batches.tuned(kind, folder)
        batch = batches.everything(kind, model, folder)
        for case in (case for case in CASES if case[0] == kind):
            mine = batches.part(batch, *SPLITS[case[1]][rank])
            found[case] = outcome(model, mine, case[2], world)
    torch.save(found, f"{meeting}.{rank}")
    distributed.destroy_process_group()


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> list[dict[Any, Any]]:
    meeting = tmp_path_factory.mktemp("ranks") / "meeting"
    folders = {kind: str(tiny.checkpoint(kind)) for kind in KINDS}
    multiprocessing.spawn(work, (folders, str(meeting)), nprocs=2)  # type: ignore[no-untyped-call]
    return [torch.load(f"{meeting}.{rank}", weights_only=False) for rank in (0, 1)]


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    found = {}
    for kind in KINDS:
        model = batches.tuned(kind)
        found[kind] = outcome(model, batches.everything(kind, model), None, ALONE)
    return found


@pytest.mark.parametrize(("kind", "split", "chunk"), CASES)
def test_two_processes_give_the_losses_and_gradients_of_one(
    ranks: list[dict[Any, Any]], alone: dict[str, Any], kind: str, split: str, chunk: int | None
) -> None:
    values, wanted = alone[kind]
    for found in ranks:
        theirs, gradients = found[kind, split, chunk]
        assert theirs == pytest.approx(values, abs=1e-5)
        assert batches.worst(gradients, wanted) <= 1e-5


def test_each_rank_sees_all_rows_and_answers_for_its_own(ranks: list[dict[Any, Any]]) -> None:
    first, second = (found["seams"] for found in ranks)
    rows = torch.tensor([[1.0, 1.0], [2.0, 2.0], [2.0, 2.0]])
    assert torch.equal(first["gathered"], rows)
    assert torch.equal(second["gathered"], rows)
    assert first["own"].tolist() == [[0.0, 0.0]]
    assert second["own"].tolist() == [[1.0, 1.0], [2.0, 2.0]]
    assert first["nothing"] == (0, 2)
    assert (first["before"], second["before"]) == (0, 5)
    assert (first["main"], second["main"]) == (True, False)


def test_sums_over_the_ranks_are_the_same_on_each(ranks: list[dict[Any, Any]]) -> None:
    for found in (rank["seams"] for rank in ranks):
        assert found["sum"] == 11
        assert found["total"] == 4.0
        assert found["shared"] == 1.0  # half of 2; the ranks' gradients are summed
        assert found["left"].tolist() == [1.0, 1.0]
        assert found["right"].tolist() == [3.0, 3.0]


def test_processes_that_do_not_find_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lonely:
        num_processes = 1

        def __init__(self, *, cpu: bool, timeout: object) -> None: ...

    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr("accelerate.PartialState", Lonely)
    with pytest.raises(ConfigError, match="2 processes were started, but this one sees 1"):
        join()


def test_alone_nothing_is_exchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert join() is ALONE
    rows = torch.ones(2, 3)
    assert ALONE.gather(rows) is rows
    assert (ALONE.before(4), ALONE.sum(4), ALONE.main) == (0, 4, True)
    parameter = nn.Parameter(torch.zeros(1))
    ALONE.all_reduce_gradients([parameter])
    assert parameter.grad is None
