"""A run from the page with nothing played: the packaged model learns from a drawn library."""

from pathlib import Path

from app_colours import ColourEncoder
from app_fakes import index

from vladva.app.adapters import Adapters
from vladva.app.runs import Runs
from vladva.app.train_wish import TrainWish
from vladva.indexes.library import Library
from vladva.toyland.planted import plan
from vladva.toyland.write import write_scenes

LONG = 240.0
"""Seconds that a busy machine may take for two steps of the packaged model."""


def test_two_steps_on_a_drawn_library_end_with_a_verdict_and_an_adapter(
    library: Library, tmp_path: Path
) -> None:
    scenes = plan(0, 2000).scenes[:48]
    for _drawn in write_scenes(tmp_path / "drawn", scenes):
        continue
    index(library, tmp_path / "drawn", encoder=ColourEncoder())
    runs = Runs(library)
    few = ("optim.steps=2", "data.batch=8", "data.workers=0", "loss.autoregressive=0")
    try:
        outlook = runs.start(TrainWish("drawn", None, "mini", few))
        assert (outlook.model, outlook.held_out) == ("mini", 20)
        runs.wait(LONG)
    finally:
        runs.close(0)
    state = runs.state
    assert (state.stage, state.message) == ("done", "")
    assert state.summary is not None
    assert state.summary["verdict"] in {"accepted", "refused", "undecided"}
    assert state.moved is not None
    assert state.moved["queries"] >= outlook.held_out
    assert state.evals[0]["step"] == 0
    assert state.evals[-1]["step"] == state.step == 2
    (kept,) = Adapters(library).all()
    assert (kept.name, kept.verdict) == ("drawn", state.summary["verdict"])
    assert (kept.folder / "adapter.safetensors").is_file()
    assert not (library.folder / "training" / "drawn" / "checkpoints").exists()
