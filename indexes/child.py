"""One decode child as its parent sees it: a process, two pipes, and the jobs that it has not done.

Refuses to know which file comes next and whose fault a crash is: `pool` decides.
"""

import os
import pickle
import sys
import time
from collections import deque
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from vladva.indexes.decode import Job
from vladva.indexes.worker import serve

if sys.platform == "linux":
    from fcntl import F_SETPIPE_SZ, fcntl

QUEUED = 2
"""Jobs that a child may have: the one it is at and the next."""
_LIFETIME = 2000  # files after which a child is replaced, with whatever its libraries have leaked
_START_S = 120.0  # imports on a slow disk
_PIPE_BYTES = 1 << 20
_STUCK = 0.01  # a share of the processor below which nothing is being done
_STARVED = 10  # times the limit, after which a file is given up even if others had the processor
_DYING_S = 5.0  # which a process in the middle of a read may take longer than
_UTIME = 11  # among the fields of `stat` that follow the name, see proc_pid_stat(5)


class Child:
    """One process, its pipes, and the jobs it was given and has not answered, oldest first."""

    def __init__(self, prepare: bytes) -> None:
        context = get_context("spawn")
        orders, self._orders = context.Pipe(duplex=False)
        self.results, results = context.Pipe(duplex=False)
        _widen(results)
        self.process = context.Process(
            target=serve, args=(orders, results, prepare), name="vladva-decode", daemon=True
        )
        self.jobs: deque[Job] = deque()
        self.given = self.answered = 0
        self.ready = False
        self.process.start()
        self._start_clocks()
        orders.close()
        results.close()

    def give(self, job: Job) -> None:
        """Put a job into its queue."""
        if not self.jobs and self.ready:
            self._start_clocks()
        self.jobs.append(job)
        self.given += 1
        try:
            self._orders.send_bytes(pickle.dumps(job))
        except OSError:
            return  # dead: the sentinel says so too

    @property
    def worn(self) -> bool:
        """Whether it has read so many files that it is to be replaced."""
        return self.given >= _LIFETIME

    @property
    def free(self) -> bool:
        """Whether it may have another job."""
        return len(self.jobs) < QUEUED and not self.worn

    def messages(self, *, everything: bool) -> list[bytes]:
        """What has arrived: one message, or all that a dead child has left."""
        found: list[bytes] = []
        try:
            while not found or (everything and self.results.poll()):
                found.append(self.results.recv_bytes())
                self._start_clocks()
        except (EOFError, OSError):
            return found
        return found

    def overdue(self, timeout: float) -> bool:
        """Whether it is at one file, or at its start, for too long; `timeout` in seconds."""
        passed = time.monotonic() - self._since
        if not self.ready:
            return passed > _START_S
        if not self.jobs or passed <= timeout:
            return False
        worked = processor_seconds(self.process.pid)
        return worked is None or hangs(passed, worked - self._worked, timeout)

    def toiled(self, timeout: float) -> bool:
        """Whether the file that it is at has had `timeout` seconds of the processor for itself.

        No where nobody says: then nothing is held against a file for ever.
        """
        worked = processor_seconds(self.process.pid)
        return worked is not None and worked - self._worked > timeout

    def _start_clocks(self) -> None:
        self._since = time.monotonic()
        self._worked = processor_seconds(self.process.pid) or 0.0

    def cause_of_death(self) -> str:
        """What its exit code says, in words."""
        self.process.join(1.0)  # its pipe closes a moment before its code is known
        code = self.process.exitcode or 0
        if code in (-9, -6):  # SIGKILL, SIGABRT
            return "decoding was killed, most likely for want of memory"
        return (
            f"decoding crashed (signal {-code})" if code < 0 else f"decoding crashed (exit {code})"
        )

    def end(self) -> None:
        """Close the pipe, which ends an idle child; one that works on is killed."""
        self._orders.close()
        self.results.close()
        self.process.join(0.5 if not self.jobs else 0.05)
        if self.process.is_alive():
            self.process.kill()
        self.process.join(_DYING_S)
        if self.process.exitcode is not None:  # else a disk that does not answer holds it
            self.process.close()


def hangs(passed: float, worked: float, timeout: float) -> bool:
    """Whether a file that took `passed` seconds, and `worked` of a processor, will not end.

    On a machine that has better things to do a photo takes long and is none the worse for it, so
    it is the processor's time that counts. A decoder that waits instead of working is stuck.
    """
    stuck = worked < _STUCK * passed
    return passed > timeout and (stuck or worked > timeout or passed > _STARVED * timeout)


def processor_seconds(pid: int | None) -> float | None:
    """What a process has used of all processors until now; None where nobody says (not Linux)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(stat[_UTIME]) + int(stat[_UTIME + 1])) / os.sysconf("SC_CLK_TCK")


def _widen(pipe: Connection) -> None:
    """Room for whole results (Linux), so that a child need not wait for the parent to read."""
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl(pipe.fileno(), F_SETPIPE_SZ, _PIPE_BYTES)
