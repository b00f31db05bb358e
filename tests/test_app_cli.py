"""The commands over a library of coloured photos: what they print, as text and as JSON."""

import json
import shutil
from pathlib import Path
from typing import Any

import app_fakes
import pytest
from app_colours import COLOURS, ColourEncoder, load_colours, paint
from app_fakes import index
from PIL import Image

import vladva.encoders
from vladva.app.__main__ import run
from vladva.indexes.library import Library

coloured = app_fakes.coloured

HIT = {"alike",
    "rank", "path", "score", "probability", "level", "why", "caption", "taken_at", "width",
    "height", "caption_source", "camera", "lat", "lon",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vladva.encoders, "load_encoder", load_colours)


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def call(capsys: pytest.CaptureFixture[str], library: Path, *args: str, code: int = 0) -> str:
    assert run(["--library", str(library), *args]) == code
    return capsys.readouterr().out


def test_index_tells_each_photo_and_ends_with_its_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = paint(tmp_path / "photos")
    first = objects(call(capsys, tmp_path / "library", "index", str(photos), "--json"))
    indexed = {event["path"] for event in first if event["event"] == "indexed"}
    assert indexed == {str(photos / f"{name}.jpg") for name in COLOURS}
    assert first[-1]["event"] == "summary"
    assert first[-1]["indexed"] == len(COLOURS)
    again = objects(call(capsys, tmp_path / "library", "index", str(photos), "--json"))
    assert (again[-1]["unchanged"], again[-1]["encodes"]) == (len(COLOURS), 0)
    assert "unchanged" in call(capsys, tmp_path / "library", "index", str(photos))


def test_a_folder_that_is_missing_is_an_error_with_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--library", str(tmp_path / "library"), "index", str(tmp_path / "gone")]) == 1
    assert "gone" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_a_batch_size_that_cannot_be_is_refused(value: str, tmp_path: Path) -> None:
    assert run(["index", str(tmp_path), "--batch-size", value]) == 2


def test_the_notice_about_photographs_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, library = paint(tmp_path / "photos"), tmp_path / "library"
    run(["--library", str(library), "index", str(photos), "--model", "mini"])
    said = capsys.readouterr().err
    assert "cannot understand photographs" in said
    assert "--model siglip2-base" in said
    assert "--model qwen3-vl-embedding-2b" in said
    run(["--library", str(library), "index", str(photos), "--model", "mini"])
    assert "photographs" not in capsys.readouterr().err


def test_an_encoder_from_a_local_folder_is_found_again_from_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def load(name: str, **_options: object) -> ColourEncoder:
        asked.append(name)
        return ColourEncoder(Path(name).name)

    monkeypatch.setattr(vladva.encoders, "load_encoder", load)
    (tmp_path / "checkpoint").mkdir()
    photos = paint(tmp_path / "photos", captions=False)
    monkeypatch.chdir(tmp_path)
    assert run(["--library", "library", "index", "photos", "--model", "checkpoint"]) == 0
    assert "photographs" not in capsys.readouterr().err  # no notice: it is another model
    monkeypatch.chdir(photos)
    call(capsys, tmp_path / "library", "search", "red")
    assert asked == [str(tmp_path / "checkpoint")] * 2
    assert run(["--library", str(tmp_path / "library"), "match", "red.jpg"]) == 1
    assert "--texts" in capsys.readouterr().err  # no captions here: it says what to do


def test_search_as_json_is_the_object_of_the_contract(
    coloured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (answer,) = objects(call(capsys, coloured, "search", "a red wall", "--limit", "2", "--json"))
    assert answer["query"] == "a red wall"
    assert answer["interpreted"] == {
        "positive": "a red wall", "forbid": [], "literal": [], "filters": {}
    }  # fmt: skip
    assert (answer["model"], answer["fingerprint"]) == ("mini", "colour-encoder-1")
    assert answer["searched"] == len(COLOURS)
    assert set(answer["took_ms"]) == {"encode", "search", "verify"}
    assert answer["almost"] == []
    first = answer["results"][0]
    assert set(first) == HIT
    assert Path(first["path"]) == coloured.parent / "photos" / "red.jpg"
    assert (first["rank"], first["width"], first["height"]) == (1, 96, 64)
    assert first["caption"] == "a red wall"
    assert (first["probability"], first["level"], first["why"]) == (None, None, [])
    assert len(answer["results"]) == 2


def test_search_as_paths_is_made_for_pipes(
    coloured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = coloured.parent / "photos"
    lines = call(capsys, coloured, "search", "blue", "--limit", "2", "--paths").splitlines()
    assert lines[0] == str(photos / "blue.jpg")
    assert len(lines) == 2
    nul = call(capsys, coloured, "search", "blue", "--limit", "1", "-0")
    assert nul == f"{photos / 'blue.jpg'}\0"


def test_search_as_text_has_ranks_scores_and_near_paths(
    coloured: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(coloured.parent)
    assert run(["--library", str(coloured), "search", "green", "--limit", "1"]) == 0
    told = capsys.readouterr()
    rank, score, path = told.out.split()
    assert (rank, path) == ("1", "photos/green.jpg")
    assert 0.9 < float(score) <= 1
    assert "6 photos" in told.err


def test_a_query_that_begins_with_a_dash_follows_two(
    coloured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (answer,) = objects(call(capsys, coloured, "search", "--json", "--", "-red"))
    assert answer["query"] == "-red"


@pytest.mark.parametrize(
    "args", [[], [""], ["red", "--json", "--paths"], ["red", "--no-verify", "--verify", "3"]]
)
def test_a_search_that_makes_no_sense_is_a_usage_error(args: list[str], coloured: Path) -> None:
    assert run(["--library", str(coloured), "search", *args]) == 2


def test_search_by_image_and_similar_leave_the_picture_itself_out(
    coloured: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    inside = coloured.parent / "photos" / "red.jpg"
    outside = tmp_path / "red.jpg"
    shutil.copy(inside, outside)
    for picture, first in ((inside, "yellow.jpg"), (outside, "red.jpg")):
        for command in (["similar", str(picture)], ["search", "--image", str(picture)]):
            (answer,) = objects(call(capsys, coloured, *command, "--json"))
            assert Path(answer["results"][0]["path"]).name == first
            assert answer["query"] is None


def test_a_picture_behind_a_link_is_known_by_the_path_that_the_index_has_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = paint(tmp_path / "photos")
    (tmp_path / "elsewhere").mkdir()
    (photos / "red.jpg").rename(tmp_path / "elsewhere" / "red.jpg")
    (photos / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "way").symlink_to(photos)
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, photos)
    for way in (photos, tmp_path / "way"):
        picture = str(way / "out" / "red.jpg")
        (answer,) = objects(call(capsys, tmp_path / "library", "similar", picture, "--json"))
        assert Path(answer["results"][0]["path"]).name == "yellow.jpg"
        call(capsys, tmp_path / "library", "mark", "fire", picture, "--right")


def test_a_picture_that_is_none_is_an_error_with_a_hint(
    coloured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--library", str(coloured), "similar", __file__]) == 1
    assert "known formats" in capsys.readouterr().err


def test_match_takes_the_captions_of_the_library_or_given_texts(
    coloured: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    picture = tmp_path / "sky.png"
    Image.new("RGB", (40, 40), COLOURS["blue"]).save(picture)
    (answer,) = objects(call(capsys, coloured, "match", str(picture), "--json"))
    assert set(answer) == {"image", "model", "fingerprint", "results"}
    best = answer["results"][0]
    assert set(best) == {"rank", "text", "score", "probability", "path"}
    assert (best["text"], Path(best["path"]).name) == ("a blue wall", "blue.jpg")
    texts = tmp_path / "texts"
    texts.write_text("a red car\n\n  a blue car \n", encoding="utf-8")
    shown = call(capsys, coloured, "match", str(picture), "--texts", str(texts))
    assert [line.split(maxsplit=2)[2] for line in shown.splitlines()] == ["a blue car", "a red car"]


def test_a_run_with_skips_ends_with_code_3_and_status_tells_why_until_the_folder_is_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = paint(tmp_path / "photos")
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    assert run(["--library", str(tmp_path / "library"), "index", str(photos)]) == 3
    told = capsys.readouterr()
    assert f"skipped {photos / 'broken.jpg'}:" in told.err
    assert "1 skipped" in told.out
    (row,) = objects(call(capsys, tmp_path / "library", "status", "--json"))
    assert set(row) == {
        "library", "model", "fingerprint", "dim", "photos", "roots", "failures", "index_bytes",
        "schema_version", "building",
    }  # fmt: skip
    assert (row["model"], row["dim"], row["photos"]) == ("mini", 4, len(COLOURS))
    assert row["roots"] == [{"path": str(photos), "state": "idle", "photos": len(COLOURS)}]
    assert set(row["failures"][0]) == {"path", "reason", "since"}
    shown = call(capsys, tmp_path / "library", "status")
    assert str(photos / "broken.jpg") in shown
    assert "mini (4 dimensions)" in shown
    assert f"{len(COLOURS)} photos" in call(capsys, tmp_path / "library", "forget", str(photos))
    (row,) = objects(call(capsys, tmp_path / "library", "status", "--json"))
    assert (row["photos"], row["roots"]) == (0, [])
    assert (photos / "red.jpg").exists()


def test_without_a_library_the_next_step_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["search", "red"], ["status"], ["forget", str(tmp_path)]):
        assert run(["--library", str(tmp_path / "none"), *command]) == 1
        assert "vladva index FOLDER" in capsys.readouterr().err


def test_models_lists_every_preset(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in rows} >= {"mini", "siglip2-base", "qwen3-vl-embedding-2b"}
    for row in rows:
        assert set(row) == {
            "name", "family", "hub_id", "licence", "params_b", "dim", "size_bytes", "cached",
            "verified_by", "note",
        }  # fmt: skip
    assert run(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines)


def test_toyland_writes_scenes_with_captions_and_facts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["toyland", str(tmp_path / "drawn"), "--count", "3", "--size", "64"]) == 0
    assert "3 scenes" in capsys.readouterr().out
    rows = objects((tmp_path / "drawn" / "scenes.jsonl").read_text(encoding="utf-8"))
    assert len(rows) == 3
    assert len(list((tmp_path / "drawn").glob("scene_*.jpg"))) == 3
