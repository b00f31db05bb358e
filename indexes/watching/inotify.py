"""Linux tells what happens in folders: one watch a folder, one queue, one thread that reads it.

watchdog lends its binding to the system calls. Its own emitter is not used: it keeps an overflow
of the queue and a full list of watches below the root to itself, and cannot leave folders out.
Refuses to know what is done about a mark.
"""

# ruff: noqa: PTH118 - strings, as in `scan`

import errno
import os
import select
import struct
import threading
from ctypes import get_errno

from watchdog.observers.inotify_c import (
    InotifyConstants,
    inotify_add_watch,
    inotify_init,
    inotify_rm_watch,
)

from vladva.indexes.watching.marks import Marks
from vladva.indexes.watching.tree import Tree

_HEADER = struct.Struct("iIII")
_BUFFER = 256 << 10
_HAPPENED = (
    InotifyConstants.IN_CREATE
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_MOVED_TO
    | InotifyConstants.IN_DELETE
)
_ITSELF = InotifyConstants.IN_DELETE_SELF | InotifyConstants.IN_MOVE_SELF
_UNMOUNTED = InotifyConstants.IN_UNMOUNT
_GONE = _ITSELF | _UNMOUNTED
_MASK = _HAPPENED | _ITSELF | InotifyConstants.IN_ONLYDIR
_LIMITS = (errno.ENOSPC, errno.ENOMEM)


class Inotify:
    """Marks folders of trees in which something happens.

    Raises `OSError` (EMFILE) where the system has no more queues. The trees' changes while they
    are being added are for the caller's own look, afterwards.
    """

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._fd = inotify_init()
        if self._fd == -1:
            raise OSError(get_errno(), os.strerror(get_errno()))
        os.set_blocking(self._fd, False)
        self._end, self._ender = os.pipe()
        self._places: dict[int, str] = {}
        self._reading = threading.Lock()  # held, the queue fills up
        self._thread = threading.Thread(target=self._run, name="inotify", daemon=True)
        self._thread.start()

    @property
    def watches(self) -> int:
        """Folders that are watched."""
        return len(self._places)

    def add(self, tree: Tree, folder: str) -> None:
        """Watch `folder` of a tree and what is below it; a folder that cannot be is passed over.

        Raises `OSError` (ENOSPC) where the system's list is full; what was added stays added.
        """
        for place in tree.folders(folder):
            number = inotify_add_watch(self._fd, os.fsencode(place), _MASK)
            if number != -1:
                self._places[number] = place
            elif get_errno() in _LIMITS:
                raise OSError(get_errno(), os.strerror(get_errno()))

    def drop(self, folder: str) -> None:
        """Watch a folder and what is below it no more."""
        below = os.path.join(folder, "")
        for number, place in list(self._places.items()):
            if place == folder or place.startswith(below):
                self._places.pop(number, None)
                inotify_rm_watch(self._fd, number)  # type: ignore[arg-type]

    def close(self) -> None:
        """Give all watches back."""
        os.write(self._ender, b"!")
        self._thread.join()
        for handle in (self._fd, self._end, self._ender):
            os.close(handle)

    # ---- the reading thread

    def _run(self) -> None:
        poller = select.poll()
        poller.register(self._fd, select.POLLIN)
        poller.register(self._end, select.POLLIN)
        while all(handle != self._end for handle, _ in poller.poll()):
            with self._reading:
                self._read()

    def _read(self) -> None:
        try:
            told = os.read(self._fd, _BUFFER)
        except BlockingIOError:
            return
        at = 0
        while at < len(told):
            number, mask, _, length = _HEADER.unpack_from(told, at)
            at += _HEADER.size + length
            name = told[at - length : at].rstrip(b"\0")
            self._mark(number, mask, os.fsdecode(name))

    def _mark(self, number: int, mask: int, name: str) -> None:
        if mask & InotifyConstants.IN_Q_OVERFLOW:
            self._marks.everywhere()
            return
        if mask & InotifyConstants.IN_IGNORED:
            self._places.pop(number, None)
            return
        place = self._places.get(number)
        if place is None or name.startswith("."):
            return
        if mask & _GONE:
            self._marks.add(place, deep=True)
        elif mask & InotifyConstants.IN_ISDIR and name:
            self._marks.add(os.path.join(place, name), deep=True)
        else:
            self._marks.add(place)
