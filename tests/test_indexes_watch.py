"""What the system tells of folders, and what happens where it will not."""

import errno
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vladva.indexes.exclude import Exclude
from vladva.indexes.watching.marks import Marked, Marks
from vladva.indexes.watching.mounts import network_type
from vladva.indexes.watching.observed import Observed
from vladva.indexes.watching.tree import Tree
from vladva.indexes.watching.watch import Backend, Watcher

linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


def tree(folder: Path, *exclude: str) -> Tree:
    return Tree(str(folder), Exclude(exclude, str(folder)))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


@pytest.fixture(params=["system", "watchdog"])
def backend(request: pytest.FixtureRequest) -> Iterator[tuple[Backend, Marks]]:
    marks = Marks()
    made: Backend
    if request.param == "watchdog":
        made = Observed(marks)
    else:
        inotify = pytest.importorskip("vladva.indexes.watching.inotify")
        made = inotify.Inotify(marks)
    yield made, marks
    made.close()


def test_a_change_marks_its_folder_and_a_folder_all_that_is_below_it(
    tmp_path: Path, backend: tuple[Backend, Marks]
) -> None:
    watching, marks = backend
    (tmp_path / "a" / "b").mkdir(parents=True)
    watching.add(tree(tmp_path), str(tmp_path))
    seen: dict[str, bool] = {}

    def marked(folder: Path, *, deep: bool) -> Callable[[], bool]:
        def look() -> bool:
            seen.update(marks.take().folders)
            return seen.get(str(folder)) is deep

        return look

    (tmp_path / "a" / "b" / "x.jpg").write_bytes(b"x")
    until(marked(tmp_path / "a" / "b", deep=False))
    (tmp_path / "new").mkdir()
    until(marked(tmp_path / "new", deep=True))
    (tmp_path / "a").rename(tmp_path / "z")
    until(marked(tmp_path / "a", deep=True))
    until(marked(tmp_path / "z", deep=True))


@linux
def test_folders_that_a_walk_passes_over_cost_no_watch(tmp_path: Path) -> None:
    from vladva.indexes.watching.inotify import Inotify

    for name in ("a/b", ".git/objects", "@eaDir/x", "raw/2019", "c"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "c" / "LIBRARY.vladva").touch()
    (tmp_path / "c" / "inner").mkdir()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    watching = Inotify(Marks())
    watching.add(tree(tmp_path, "raw"), str(tmp_path))
    assert watching.watches == 4  # the root, a, a/b, c
    watching.drop(str(tmp_path / "a"))
    assert watching.watches == 2
    watching.close()


@linux
def test_an_overflow_of_the_systems_queue_marks_everything(tmp_path: Path) -> None:
    from vladva.indexes.watching import inotify as module

    size = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if size > 100_000:
        pytest.skip("the queue is too long to fill")
    marks = Marks()
    watching = module.Inotify(marks)
    watching.add(tree(tmp_path), str(tmp_path))
    files = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for file in files:
        file.touch()
    until(lambda: bool(marks.take()))
    with watching._reading:
        for number in range(size + 10):  # in turns: what repeats the last event is dropped
            os.utime(files[number % 2])
    until(lambda: marks.take().everywhere)
    watching.close()


def test_too_many_marks_become_one() -> None:
    marks = Marks(most=3)
    for number in range(4):
        assert not marks.take().everywhere
        for one in range(number):
            marks.add(f"/{one}", deep=one == 1)
    assert marks.take() == Marked({"/0": False, "/1": True, "/2": False}, everywhere=False)
    for number in range(9):
        marks.add(f"/{number}")
    assert marks.take() == Marked({}, everywhere=True)
    assert not marks


@pytest.mark.parametrize(
    ("code", "name"),
    [(errno.ENOSPC, "max_user_watches"), (errno.EMFILE, "max_user_instances")],
)
@linux
def test_a_limit_of_the_system_means_polling_and_one_line_that_names_it(
    tmp_path: Path, code: int, name: str
) -> None:
    class Full:
        dropped: list[str] = []  # noqa: RUF012 - one test, one class

        def __init__(self, _: Marks) -> None:
            if code == errno.EMFILE:
                raise OSError(code, os.strerror(code))

        def add(self, tree: Tree, folder: str) -> None:
            raise OSError(code, os.strerror(code))

        def drop(self, folder: str) -> None:
            self.dropped.append(folder)

        def close(self) -> None:
            return

    watcher = Watcher(Marks(), Full)
    notices = [n for folder in ("a", "b") for n in watcher.add(tree(tmp_path / folder))]
    assert len(notices) == 1
    assert f"fs.inotify.{name}" in notices[0].text
    assert notices[0].hint.startswith(f"`sudo sysctl fs.inotify.{name}=")
    assert watcher.polled == {str(tmp_path / "a"), str(tmp_path / "b")}
    if code == errno.ENOSPC:  # what was watched before the limit was met is given back
        assert str(tmp_path / "a") in Full.dropped
    watcher.close()


def test_network_disks_are_known_by_their_mounts(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text(
        "/dev/sda1 / ext4 rw 0 0\n"
        "nas:/pictures /mnt/my\\040nas nfs4 rw 0 0\n"
        "me@host: /home/me/remote fuse.sshfs rw 0 0\n"
        "/dev/sdb1 /mnt/my\\040nas/usb ext4 rw 0 0\n"
    )
    assert network_type("/mnt/my nas/2019", table) == "nfs4"
    assert network_type("/mnt/my nas/usb/2019", table) is None
    assert network_type("/home/me", table) == "fuse.sshfs"
    assert network_type("/home/me/pictures", table) is None
    assert network_type("/home/meow", table) is None
    assert network_type("/x", tmp_path / "none") is None


def test_a_root_on_a_network_is_polled_and_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vladva.indexes.watching.watch.network_type", lambda _: "cifs")
    watcher = Watcher(Marks())
    (notice,) = watcher.add(tree(tmp_path))
    assert "cifs" in notice.text
    assert watcher.polled == {str(tmp_path)}
    assert watcher.add(tree(tmp_path)) == []
    watcher.close()
