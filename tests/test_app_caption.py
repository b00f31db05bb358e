"""`vladva caption`: the words of the base, whatever adapter is in use."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import tiny
from app_colours import COLOURS, ColourEncoder, paint

import vladva.encoders
from vladva import adapters
from vladva.app.__main__ import run
from vladva.encoders import load_encoder, load_generator
from vladva.indexes.library import Library
from vladva.presets import PRESETS
from vladva.protocols import Encoder, Prepared


class Speaker(ColourEncoder):
    """Names the colour of a picture; at most eight at once."""

    def generator(self) -> "Speaker":
        return self

    def caption(self, pictures: Sequence[Prepared], style: str) -> list[str]:
        assert 0 < len(pictures) <= 8
        colours = {name: [c / 127.5 - 1 for c in rgb] for name, rgb in COLOURS.items()}
        return [
            f"{style}: " + min(colours, key=lambda n: abs(p["colour"] - colours[n]).sum())
            for p in pictures
        ]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """What was loaded: (model, adapter)."""
    loads: list[tuple[str, object]] = []

    def load(name: str, *, adapter: object = "packaged", **_options: object) -> Encoder:
        loads.append((name, adapter))
        return Speaker(name)

    monkeypatch.setattr(vladva.encoders, "load_encoder", load)
    monkeypatch.setattr("vladva.app.cli_caption.ensure", lambda *_names, **_how: None)
    return loads


def call(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> str:
    assert run(["caption", *args]) == code
    return capsys.readouterr().out


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_one_picture_gives_its_caption_and_several_their_paths_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    photos = paint(tmp_path)
    red, blue = str(photos / "red.jpg"), str(photos / "blue.jpg")
    assert call(capsys, red, "--model", "mini") == "short: red\n"
    both = call(capsys, red, blue, "--model", "mini", "--style", "long")
    assert both == f"{red}: long: red\n{blue}: long: blue\n"
    assert asked == [("mini", None)] * 2  # no adapter


def test_json_is_one_object_a_picture_in_order_with_absolute_paths(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    asked: list[tuple[str, object]],
) -> None:
    monkeypatch.chdir(paint(tmp_path))
    names = [*COLOURS, *COLOURS]
    rows = objects(call(capsys, *(f"{name}.jpg" for name in names), "--model", "mini", "--json"))
    assert rows == [
        {"event": "caption", "path": str(tmp_path / f"{name}.jpg"),
         "caption": f"short: {name}", "style": "short"}
        for name in names
    ]  # fmt: skip


def test_a_picture_that_is_none_is_skipped_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    photos = paint(tmp_path)
    files = [str(photos / "red.txt"), str(photos / "red.jpg"), str(photos / "gone.jpg")]
    bad, good, gone = objects(call(capsys, *files, "--model", "mini", "--json", code=3))
    assert (bad["event"], bad["path"]) == ("skipped", files[0])
    assert "known formats" in bad["hint"]
    assert good["caption"] == "short: red"
    assert gone["reason"] == "there is no such file"
    assert run(["caption", *files, "--model", "mini"]) == 3
    assert f"skipped {files[0]}: " in capsys.readouterr().err
    call(capsys, files[0], "--model", "mini", code=3)


def test_the_model_is_the_one_that_the_library_is_searched_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    red = str(paint(tmp_path / "photos") / "red.jpg")
    with Library.open(tmp_path / "library", create=True) as library:
        library.activate("qwen2-vl-2b", "f", 4)
    assert run(["--library", str(tmp_path / "library"), "caption", red]) == 0
    assert asked == [("qwen2-vl-2b", None)]


def test_a_model_without_words_is_refused_before_it_is_fetched_and_others_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    red = str(paint(tmp_path) / "red.jpg")
    for name in ("siglip2-base", "qwen3-vl-embedding-2b"):
        assert run(["caption", red, "--model", name]) == 1
        said = capsys.readouterr().err
        assert f"{name} only embeds" in said
        for preset in PRESETS.values():
            assert (preset.name in said.split("\n")[1]) == preset.generative
    assert asked == []


def test_mini_says_that_photographs_are_beyond_it_and_of_drawings_says_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[tuple[str, object]]
) -> None:
    red = str(paint(tmp_path) / "red.jpg")
    run(["caption", red, "--model", "mini"])
    assert "knows only the drawn world" in capsys.readouterr().err
    (tmp_path / "scenes.jsonl").touch()
    run(["caption", red, "--model", "mini"])
    assert capsys.readouterr().err == ""


def test_the_captions_are_those_of_the_base_also_where_an_adapter_lies_in_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny.checkpoint("mini"), base)
    picture = tiny.PICTURES[0]
    picture.save(tmp_path / "picture.png")
    encoder: Any = load_encoder(str(base), device="cpu", adapter=None)
    prepared = encoder.prepare(picture)
    (wanted,) = load_generator(str(base), device="cpu").caption([prepared], "short")
    adapter = adapters.create(encoder.model, adapters.AdapterShape(rank=2, alpha=4))
    for weight in adapter.parameters():
        weight.data.normal_()
    adapters.save(adapter, base / "adapter", {"base": encoder.base})
    args = [str(tmp_path / "picture.png"), "--model", str(base), "--device", "cpu", "--json"]
    (row,) = objects(call(capsys, *args))
    assert row["caption"] == wanted
    clip = str(tiny.checkpoint("clip"))
    assert run(["caption", str(tmp_path / "picture.png"), "--model", clip]) == 1
    assert "only embeds" in capsys.readouterr().err
