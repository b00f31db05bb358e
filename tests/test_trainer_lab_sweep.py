import json
from pathlib import Path

import pytest

from vladva.trainer.lab.sweep import best_rate

SCORES = {1e-3: {"a": 10.0, "b": 20.0}, 2e-3: {"a": 40.0, "b": 10.0}, 4e-3: {"a": 0.0, "b": 30.0}}


def test_the_rate_with_the_highest_mean_wins_and_each_run_has_its_own_folder(
    tmp_path: Path,
) -> None:
    folders: list[Path] = []

    def run(rate: float, folder: Path) -> dict[str, float]:
        folder.mkdir()
        folders.append(folder)
        return SCORES[rate]

    assert best_rate(tmp_path, list(SCORES), run) == 2e-3
    assert len(set(folders)) == 3


def test_a_sweep_that_was_stopped_runs_only_what_is_missing(tmp_path: Path) -> None:
    ran: list[float] = []

    def run(rate: float, _: Path) -> dict[str, float]:
        if rate == 4e-3 and 4e-3 not in ran:
            ran.append(rate)
            raise KeyboardInterrupt
        ran.append(rate)
        return SCORES[rate]

    with pytest.raises(KeyboardInterrupt):
        best_rate(tmp_path, list(SCORES), run)
    assert best_rate(tmp_path, list(SCORES), run) == 2e-3
    assert ran == [1e-3, 2e-3, 4e-3, 4e-3]
    assert set(json.loads((tmp_path / "sweep.json").read_text())) == {"0.001", "0.002", "0.004"}
