"""`--profile` says where the time went: in the summary, and in a table beside the data."""

import json
from pathlib import Path
from typing import Any

import benches
import pytest
from app_colours import ColourEncoder, paint
from fakes import FakeEncoder, write_photo

import vladva.encoders
from vladva.app import cli_eval
from vladva.app.__main__ import run
from vladva.app.present_profile import profile_table
from vladva.clock import Clock
from vladva.indexes.events import Summary, event_from_json
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.protocols import Encoder


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, **_options: object) -> Encoder:
        return ColourEncoder(name)

    monkeypatch.setattr(vladva.encoders, "load_encoder", load)
    monkeypatch.setattr(cli_eval, "ensure", lambda _name: None)


def call(tmp_path: Path, *args: str, code: int = 0) -> None:
    assert run(["--library", str(tmp_path / "library"), *args]) == code


def summary_of(printed: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(printed.splitlines()[-1])
    assert told["event"] == "summary"
    return told


def test_every_stage_of_a_run_has_its_seconds(tmp_path: Path) -> None:
    for number in range(4):
        write_photo(tmp_path / "photos" / f"{number}.jpg", number)
    encoder, clock = FakeEncoder(delay_s=0.05), Clock()
    with Library.open(tmp_path / "library", create=True) as library:
        *_, last = index_folders(library, encoder, [tmp_path / "photos"], workers=1, clock=clock)
    assert isinstance(last, Summary)
    assert last.profile is not None
    stages = last.profile["stages"]
    assert list(stages) == ["scan", "read", "decode", "prepare", "thumbnail", "wait", "encode",
                            "write", "else"]  # fmt: skip
    assert clock.seconds["encode"] >= 0.2
    assert all(clock.seconds[name] > 0 for name in stages if name != "else")
    callers = sum(stages[name]["seconds"] for name in ("scan", "wait", "encode", "else"))
    assert callers == pytest.approx(last.seconds, abs=0.01)
    assert event_from_json(last.as_json()) == last


def test_several_children_share_the_time_of_several(tmp_path: Path) -> None:
    for number in range(40):
        write_photo(tmp_path / "photos" / f"{number}.jpg", number)
    clock = Clock()
    with Library.open(tmp_path / "library", create=True) as library:
        list(index_folders(library, FakeEncoder(), [tmp_path / "photos"], workers=2, clock=clock))
    assert clock.abreast == dict.fromkeys(("read", "decode", "prepare", "thumbnail"), 2)


def test_the_summary_has_a_profile_only_where_it_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = str(paint(tmp_path / "photos"))
    call(tmp_path, "index", photos, "--json")
    printed = capsys.readouterr()
    assert "profile" not in summary_of(printed.out)
    assert "share" not in printed.err
    call(tmp_path, "index", photos, "--json", "--profile")
    printed = capsys.readouterr()
    assert "scan" in summary_of(printed.out)["profile"]["stages"]
    assert "look at folders" in printed.err


def test_what_another_program_does_is_not_profiled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = str(paint(tmp_path / "photos"))
    with Library.open(tmp_path / "library", create=True) as library, library.lock():
        call(tmp_path, "index", photos, "--profile", code=1)
    assert "leave out --profile" in capsys.readouterr().err


def test_an_evaluation_says_what_the_encoder_took_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    benches.put_in(monkeypatch)
    call(tmp_path, "eval", "toyland-sugarcrepe", "--model", "mini", "--json", "--profile")
    printed = capsys.readouterr()
    (line,) = printed.out.splitlines()
    assert json.loads(line)["profile"]["stages"]["else"]["seconds"] >= 0
    assert "everything else" in printed.err
    call(tmp_path, "eval", "toyland-sugarcrepe", "--model", "mini", "--json")
    printed = capsys.readouterr()
    assert "profile" not in json.loads(printed.out)
    assert "everything else" not in printed.err


def test_the_table_has_a_row_for_each_stage_and_each_part() -> None:
    clock = Clock()
    clock.add({"decode": 1.5, "encode": 4.0, "vision": 1.0, "language": 3.0})
    rows = [line.split() for line in profile_table(clock.report(8.0)).splitlines()]
    assert ["decode", "1.50", "19", "%"] in rows
    assert ["encode", "pictures", "4.00", "50", "%"] in rows
    assert ["everything", "else", "4.00", "50", "%"] in rows
    assert ["language", "model,", "text", "tower", "3.00", "75", "%"] in rows
    assert "within the encoder" in profile_table(clock.report(8.0))
    assert "within the encoder" not in profile_table(Clock().report(1.0))
