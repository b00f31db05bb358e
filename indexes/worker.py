"""What a decode child does: it takes jobs from a pipe, gives results, outlives nobody.

Imports nothing heavy before it has set how many threads numpy may start. Refuses to know the
library; `child` is its other end.
"""

import ctypes
import os
import pickle
import signal
import sys
import threading
import warnings
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path

READY = b"ready"
MEMORY_BUDGET = 1 << 30
"""Bytes that a child may allocate beyond what it has once it is ready (Linux)."""
_NICE = 5
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def serve(jobs: Connection, results: Connection, prepare: bytes) -> None:
    """Decode until `jobs` closes. `prepare` is the pickled `Prepare` of the encoder.

    Sends `READY`, then a pickled `Decoded` or `Unreadable` for each pickled `Job`, in order.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_die_with_parent, daemon=True).start()
    os.environ.update(dict.fromkeys(_THREADS, "1"), PILLOW_BLOCKS_MAX="4")
    warnings.simplefilter("ignore")
    from vladva.indexes.decode import decode

    step = pickle.loads(prepare)  # noqa: S301 - from the parent, never from a file
    _settle()
    try:
        results.send_bytes(READY)
        while True:
            result = decode(pickle.loads(jobs.recv_bytes()), step)  # noqa: S301 - as above
            results.send_bytes(pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent has closed its end, or is no more


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _settle() -> None:
    """Behind the encoder in the queue for the processor, bounded in memory, silent."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        now = pages * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        limit = now + MEMORY_BUDGET
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _keep_memory()
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)  # image libraries write their complaints here


def _keep_memory() -> None:
    """Use the memory of one picture for the next: new pages are a tenth of a decode's time."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):  # glibc
        libc.mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(_M_TRIM_THRESHOLD, 128 << 20)
