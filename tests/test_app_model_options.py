"""`--quantize` and `--dim`: what a library was indexed with is what it is searched with."""

from dataclasses import replace
from pathlib import Path

import pytest
from app_colours import ColourEncoder, paint

import vladva.encoders
from vladva.app.__main__ import run
from vladva.app.sources import Source, named_source, source_in_use, source_of
from vladva.indexes.library import Library


@pytest.mark.parametrize(
    ("asked", "whole", "made"),
    [
        (["--quantize", "8"], "none", Source("mini", quantize=8)),
        (["--dim", "512"], "whole", Source("mini", dim=512)),
    ],
)
def test_a_library_is_searched_with_what_it_was_indexed_with(
    asked: list[str], whole: str, made: Source, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    loads: list[object] = []

    def load(name: str, *, adapter: object = None, **options: object) -> ColourEncoder:
        told = {key: options[key] for key in ("quantize", "dim") if key in options}
        loads.append(told)
        return ColourEncoder(f"{name}-{told}")

    monkeypatch.setattr(vladva.encoders, "load_encoder", load)
    photos, place = str(paint(tmp_path / "photos")), tmp_path / "library"
    index = ["--library", str(place), "index", photos]
    assert run([*index, *asked]) == 0
    with Library.open(place, create=False) as library:
        active = library.active()
        assert active is not None
        assert source_of(library, active) == made
        assert source_in_use(library) == made
        assert source_in_use(library, "siglip2-base") == Source("siglip2-base")
        assert named_source(library, None, "none") == replace(made, adapter="none")
    assert run(index) == 0
    assert run(["--library", str(place), "search", "red", "--no-server"]) == 0
    assert run([*index, asked[0], whole]) == 0
    assert loads == [made.options, made.options, made.options, {}]
    assert made.options


@pytest.mark.parametrize("value", ["0", "-3", "half", ""])
def test_a_length_that_is_none_is_a_wrong_option(
    value: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["--library", str(tmp_path / "l"), "index", str(tmp_path), "--dim", value]) == 2
    assert "a number from 1 up, or whole" in capfd.readouterr().err


@pytest.mark.parametrize("command", [["index", "."], ["eval", "toyland-classify"]])
def test_a_model_that_was_not_trained_for_short_vectors_says_so_and_which_were(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(paint(tmp_path / "photos"))
    assert run(["--library", str(tmp_path / "l"), *command, "--model", "mini", "--dim", "64"]) == 1
    told = capfd.readouterr().err
    assert "vectors of mini cannot be cut to 64" in told
    assert "qwen3-vl-embedding-2b" in told
