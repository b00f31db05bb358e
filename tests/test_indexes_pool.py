"""Children that decode: one that dies, hangs or breaks costs one file."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fakes import ColourPrepare, HostilePrepare, stamp_of, write_colour, write_photo
from PIL import Image

from vladva.errors import LibraryError
from vladva.indexes import child as child_module
from vladva.indexes import pool as pool_module
from vladva.indexes.decode import Decoded, Job, Unreadable
from vladva.indexes.pool import DecodePool
from vladva.protocols import Prepared

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@dataclass(frozen=True)
class Heavy:
    """A megabyte of input a picture."""

    version: str = "heavy"

    def __call__(self, image: Image.Image) -> Prepared:
        return {"pixels": np.zeros(1 << 20, np.uint8)}


@dataclass(frozen=True)
class Greedy:
    """Wants more memory than a child may have."""

    version: str = "greedy"

    def __call__(self, image: Image.Image) -> Prepared:
        return {"pixels": np.ones(3 << 30, np.uint8)}


@dataclass(frozen=True)
class Toiling:
    """Works without end at any picture."""

    version: str = "toiling"

    def __call__(self, image: Image.Image) -> Prepared:
        while True:
            image.size  # noqa: B018


@dataclass(frozen=True)
class Curious:
    """Says what a child is like."""

    version: str = "curious"

    def __call__(self, image: Image.Image) -> Prepared:
        facts = {
            "threads": os.environ.get("OMP_NUM_THREADS"),
            "torch": "torch" in sys.modules,
            "lancedb": "lancedb" in sys.modules,
            "pid": os.getpid(),
            "interrupt": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        }
        return {name: np.array(str(value)) for name, value in facts.items()}


@dataclass(frozen=True)
class Tiring:
    """Fills a child with whatever pictures leave behind: after some it fails at any."""

    dies: bool
    version: str = "tiring"

    def __call__(self, image: Image.Image) -> Prepared:
        seen.append(1)
        if len(seen) > 4:
            if self.dies:
                os._exit(7)
            raise MemoryError
        return {"pid": np.array(os.getpid())}


seen: list[int] = []


class Unpicklable:
    """Ends every child before it is ready."""

    version = "never"

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (3,)


def jobs(*paths: Path) -> list[Job]:
    return [Job(stamp_of(path)) for path in paths]


def photos(folder: Path, count: int) -> list[Path]:
    return [write_photo(folder / f"{number}.jpg", number) for number in range(count)]


def drain(pool: DecodePool) -> dict[str, Decoded | Unreadable]:
    found = {}
    with pool:
        while pool.left:
            result = pool.take(60)
            assert result is not None, "nothing came"
            assert result.stamp.path not in found
            found[result.stamp.path] = result
    assert not pool._thread.is_alive()
    return found


def test_every_job_has_one_result_and_children_end(tmp_path: Path) -> None:
    files = photos(tmp_path, 40)
    pool = DecodePool(jobs(*files), ColourPrepare(), workers=2)
    found = drain(pool)
    assert set(found) == {str(file) for file in files}
    assert all(isinstance(result, Decoded) for result in found.values())
    assert pool.take() is None


def test_no_jobs_start_no_child() -> None:
    pool = DecodePool([], ColourPrepare())
    assert pool.take() is None
    assert not pool._thread.is_alive()
    pool.close()


@posix
def test_a_file_that_kills_the_child_costs_one_file(tmp_path: Path) -> None:
    files = photos(tmp_path, 20)
    killers = [write_colour(tmp_path / f"red{n}.jpg", "red") for n in range(2)]
    found = drain(DecodePool(jobs(*files[:9], *killers, *files[9:]), HostilePrepare(), workers=2))
    assert len(found) == 22
    bad = {path for path, result in found.items() if isinstance(result, Unreadable)}
    assert bad == {str(killer) for killer in killers}
    reason = found[str(killers[0])]
    assert isinstance(reason, Unreadable)
    assert reason.lasting
    assert "killed" in reason.reason


@pytest.mark.parametrize("dies", [False, True])
def test_no_file_pays_for_what_others_left_in_a_child(tmp_path: Path, dies: bool) -> None:
    found = drain(DecodePool(jobs(*photos(tmp_path, 12)), Tiring(dies), workers=1))
    assert len(found) == 12
    assert all(isinstance(result, Decoded) for result in found.values())


def test_children_are_replaced_before_they_grow_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_module, "_LIFETIME", 3)
    found = drain(DecodePool(jobs(*photos(tmp_path, 10)), Tiring(dies=False), workers=1))
    pids = [int(r.prepared["pid"]) for r in found.values() if isinstance(r, Decoded)]
    assert len(pids) == 10
    assert len(set(pids)) == 4


def test_a_file_that_hangs_costs_one_file_and_its_time(tmp_path: Path) -> None:
    files = photos(tmp_path, 6)
    hanging = write_colour(tmp_path / "green.jpg", "lime")
    start = time.monotonic()
    found = drain(DecodePool(jobs(hanging, *files), HostilePrepare(), workers=1, timeout=1.5))
    assert time.monotonic() - start < 20
    bad = found.pop(str(hanging))
    assert isinstance(bad, Unreadable)
    assert "longer than 1.5 s" in bad.reason
    assert not bad.lasting, "it waited: a disk that was asleep is awake next time"
    assert all(isinstance(result, Decoded) for result in found.values())


@pytest.mark.skipif(sys.platform != "linux", reason="the processor's time is told by /proc")
def test_a_file_that_keeps_the_processor_busy_without_end_is_not_tried_again(
    tmp_path: Path,
) -> None:
    pool = DecodePool(jobs(*photos(tmp_path, 1)), Toiling(), workers=1, timeout=0.5)
    (result,) = drain(pool).values()
    assert isinstance(result, Unreadable)
    assert "decoding took longer than 0.5 s" in result.reason
    assert result.lasting


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
def test_a_file_that_wants_too_much_memory_costs_one_file(tmp_path: Path) -> None:
    found = drain(DecodePool(jobs(*photos(tmp_path, 1)), Greedy(), workers=1))
    (result,) = found.values()
    assert isinstance(result, Unreadable)


def test_a_child_is_one_threaded_light_and_deaf_to_ctrl_c(tmp_path: Path) -> None:
    (result,) = drain(DecodePool(jobs(*photos(tmp_path, 1)), Curious(), workers=1)).values()
    assert isinstance(result, Decoded)
    facts = {name: str(value) for name, value in result.prepared.items()}
    assert facts["pid"] != str(os.getpid())
    del facts["pid"]
    assert facts == {"threads": "1", "torch": "False", "lancedb": "False", "interrupt": "True"}


def test_children_wait_when_nobody_takes_their_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "AHEAD_BYTES", 10 << 20)
    pool = DecodePool(jobs(*photos(tmp_path, 60)), Heavy(), workers=2)
    with pool:
        assert pool.take(60) is not None
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            time.sleep(0.05)
        assert pool._results.qsize() <= 12
        while pool.left:
            assert pool.take(60) is not None


def test_closing_early_ends_children_in_the_middle(tmp_path: Path) -> None:
    hanging = write_colour(tmp_path / "green.jpg", "lime")
    pool = DecodePool(jobs(hanging, *photos(tmp_path, 3)), HostilePrepare(), workers=1)
    assert pool.take(0.2) is None
    start = time.monotonic()
    pool.close()
    assert time.monotonic() - start < 5
    assert not pool._thread.is_alive()


def test_children_that_cannot_start_are_an_error_and_no_files_fault(tmp_path: Path) -> None:
    pool = DecodePool(jobs(*photos(tmp_path, 3)), Unpicklable(), workers=1)  # type: ignore[arg-type]
    with pool, pytest.raises(LibraryError, match="do not start"):
        pool.take(60)


@posix
def test_children_die_with_their_parent(tmp_path: Path) -> None:
    write_colour(tmp_path / "green.jpg", "lime")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, time, pathlib\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "if __name__ == '__main__':\n"
        "    from test_indexes_pool import *\n"
        f"    photo = pathlib.Path({str(tmp_path / 'green.jpg')!r})\n"
        "    pool = DecodePool(jobs(photo), HostilePrepare(), workers=1)\n"
        "    while not (pool._children and pool._children[0].ready): time.sleep(0.05)\n"
        "    print(pool._children[0].process.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _runs(child):
        time.sleep(0.05)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_children_that_rest_take_no_new_job_until_they_may_go_on(tmp_path: Path) -> None:
    with DecodePool(jobs(*photos(tmp_path, 40)), ColourPrepare(), workers=1) as pool:
        assert pool.take() is not None
        with pool.resting():
            begun = 0
            while pool.take(timeout=1.0) is not None:
                begun += 1
            assert begun < 39  # what it had begun, and no more
            left = pool.left
            assert pool.take(timeout=0.5) is None
        assert left > 0
        assert len(drain(pool)) == left
