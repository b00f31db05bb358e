"""Killed at random moments, a run goes on and ends as if nothing had happened."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny
import torch
from safetensors.torch import load_file

PROGRAM = """
import sys
from pathlib import Path
from vladva.trainer.run import Settings, start
data, out, model = sys.argv[1:4]
changes = ("optim.steps=120", "data.batch=8", "run.save_every=1", "data.workers=0")
resume = Path(out).exists() and not (Path(out) / "adapter.json").exists()
for event in start(Settings(Path(data), Path(out), model=model, changes=changes, resume=resume)):
    print(event.kind, flush=True)
"""


def run(data: Path, out: Path) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", PROGRAM, str(data), str(out), str(tiny.checkpoint("mini"))]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def finish(data: Path, out: Path) -> int:
    with run(data, out) as process:
        process.communicate()
    return process.returncode


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_at_ten_random_moments_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    rows = []
    for number in range(48):
        tiny.picture(40, 30, seed=number).save(tmp_path / f"{number}.png")
        rows.append({"image": f"{number}.png", "short": f"dog {number}", "long": "on a table"})
    data = tmp_path / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)))
    assert finish(data, tmp_path / "whole") == 0
    chance = random.Random(0)
    killed = 0
    while killed < 10:
        with run(data, tmp_path / "parts") as process:
            assert process.stdout is not None
            for _ in range(chance.randint(1, 10)):  # counted in events: a fast machine ends no run
                process.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.02))
            process.kill()
        killed += process.returncode != 0
        assert not (tmp_path / "parts" / "adapter.json").exists(), "it ended before ten kills"
    assert finish(data, tmp_path / "parts") == 0
    whole = load_file(tmp_path / "whole" / "adapter.safetensors")
    parts = load_file(tmp_path / "parts" / "adapter.safetensors")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
