from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from labs import SCENES, SIDE, base, lab
from PIL import Image

from vladva.errors import DataError
from vladva.trainer.lab import features
from vladva.trainer.lab.features import look
from vladva.trainer.lab.joint import load
from vladva.trainer.lab.scenes import Drawn


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(features, "AT_ONCE", 3)
    return lab(tmp_path, monkeypatch)


def counted(encoder: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    looked: list[int] = []
    own = encoder.model.look
    monkeypatch.setattr(encoder.model, "look", lambda seen: looked.append(len(seen)) or own(seen))
    return looked


def test_what_is_kept_is_what_the_tower_sees(folder: Path) -> None:
    encoder = load(folder / "base")
    drawn = Drawn(folder, SIDE)
    seen = look(encoder, drawn, SCENES, folder / "features")
    taken = seen.take([6, 1, 6])
    pictures = [encoder.prepare(Image.fromarray(drawn[np.array([n])][0])) for n in (6, 1, 6)]
    with torch.no_grad():
        fresh = encoder.model.look(pictures)
    assert taken.counts == fresh.counts
    assert torch.allclose(taken.tokens.float(), fresh.tokens, rtol=2e-3, atol=1e-3)


def test_a_build_that_was_stopped_looks_only_at_the_rest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load(folder / "base")
    drawn = Drawn(folder, SIDE)
    looked = counted(encoder, monkeypatch)
    look(encoder, drawn, 4, folder / "features")
    look(encoder, drawn, SCENES, folder / "features")
    assert looked == [3, 1, 3, 1]
    with pytest.raises(DataError):
        look(encoder, drawn, SCENES, folder / "features").take([SCENES])


def test_another_base_is_looked_at_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load(folder / "base")
    drawn = Drawn(folder, SIDE)
    first = look(encoder, drawn, 2, folder / "features").take([0]).tokens
    monkeypatch.setattr("tiny.spread", lambda _: torch.manual_seed(3))
    base(folder / "other")
    other = load(folder / "other")
    looked = counted(other, monkeypatch)
    second = look(other, drawn, 2, folder / "features").take([0]).tokens
    assert looked == [2]
    assert not torch.equal(first, second)
