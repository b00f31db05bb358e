"""Vectors of an unfinished run: two runs in one library leave each other's alone."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from vladva.benchmarks.kept import LATELY, Kept

ONES = np.ones((4, 3), np.float32)


def test_two_runs_of_different_encoders_keep_their_own_in_turn(tmp_path: Path) -> None:
    one, other = Kept(tmp_path, "one", []), Kept(tmp_path, "other", [])
    for start in (0, 4):
        one.add(start, ONES)
        other.add(start, 2 * ONES)
    assert one.read(3).tolist() == [*ONES.tolist()] * 2
    assert other.read(3).tolist() == [*(2 * ONES).tolist()] * 2


def test_what_was_not_touched_lately_is_forgotten_by_the_next_run(tmp_path: Path) -> None:
    Kept(tmp_path, "one", []).add(0, ONES)
    (folder,) = tmp_path.iterdir()
    before = time.time() - LATELY - 60
    os.utime(folder, (before, before))
    Kept(tmp_path, "other", []).add(0, ONES)
    assert not folder.exists()


def test_two_processes_of_one_run_do_not_write_into_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    save = np.save

    def noted(path: Path, vectors: object) -> None:
        written.append(Path(path).name)
        save(path, vectors)

    monkeypatch.setattr(np, "save", noted)
    for process in (11, 12):
        monkeypatch.setattr(os, "getpid", lambda process=process: process)
        Kept(tmp_path, "one", []).add(0, ONES)
    assert len(set(written)) == 2
