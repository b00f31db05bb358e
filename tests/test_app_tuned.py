"""A library of a real, tiny LVLM: searched with the very adapter that made its vectors."""

import json
from pathlib import Path
from typing import Any

import pytest
import tiny
import torch

from vladva import adapters
from vladva.app.__main__ import run
from vladva.encoders import load_encoder


def tuned(kind: str, folder: Path, seed: int) -> str:
    """Write an adapter that changes every vector → the fingerprint of its encoder."""
    base = str(tiny.checkpoint(kind))
    encoder: Any = load_encoder(base, device="cpu", adapter=None)
    adapter = adapters.create(encoder.model, adapters.AdapterShape(rank=2, alpha=4))
    torch.manual_seed(seed)
    for weight in [*adapter.prompts().values(), *adapter.lora().values()]:
        weight.data.normal_()
    adapters.save(adapter, folder, {"base": encoder.base})
    return load_encoder(base, device="cpu", adapter=folder).fingerprint


def call(capsys: pytest.CaptureFixture[str], library: Path, *args: str, code: int = 0) -> str:
    assert run(["--library", str(library), *args]) == code
    told = capsys.readouterr()
    return told.err if code else told.out


def test_the_way_from_an_adapter_to_searches_with_it_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library, photos = tmp_path / "library", tmp_path / "photos"
    photos.mkdir()
    for number, picture in enumerate(tiny.PICTURES):
        picture.save(photos / f"{number}.png")
    base = str(tiny.checkpoint("mini"))
    first = tuned("mini", tmp_path / "first", 1)
    second = tuned("mini", tmp_path / "second", 2)

    def fingerprint() -> str:
        answer = json.loads(call(capsys, library, "similar", str(photos / "0.png"), "--json"))
        assert answer["searched"] == len(tiny.PICTURES)
        return str(answer["fingerprint"])

    adapter = str(tmp_path / "first")
    call(capsys, library, "index", str(photos), "--model", base, "--adapter", adapter)
    assert fingerprint() == first
    call(capsys, library, "index", str(photos), "--adapter", str(tmp_path / "second"))
    assert fingerprint() == second != first
    call(capsys, library, "adapters", "use", "first")
    assert fingerprint() == second
    call(capsys, library, "index", str(photos))
    assert fingerprint() == first

    tuned("llava", tmp_path / "other", 3)
    said = call(
        capsys, library, "index", str(photos), "--model", base, "--adapter",
        str(tmp_path / "other"), code=1,
    )  # fmt: skip
    assert "llava" in said
    names = [row["name"] for row in json.loads(call(capsys, library, "adapters", "--json"))]
    assert names == ["first", "second"]
    assert fingerprint() == first
