"""`vladva doctor` as a person and a script meet it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import make_row

from vladva.app.__main__ import run
from vladva.app.present_doctor import doctor_json, doctor_text
from vladva.indexes.health.finding import Finding
from vladva.indexes.health.heal import manifests, place_of
from vladva.indexes.lance import LanceStore, table_name
from vladva.indexes.library import Library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Library.open(tmp_path / "library", create=True) as library:
        row = replace(make_row(1), id=library.photo_id(make_row(1).path))
        LanceStore(library.folder, "f", 8).put([row], np.eye(8, dtype=np.float32)[:1])
        library.activate(str(tmp_path / "model"), "f", 8)
    return tmp_path / "library"


def test_the_exit_code_says_whether_an_error_is_left(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--library", str(folder), "doctor", "--json"]
    assert run(asked) == 0
    assert json.loads(capsys.readouterr().out)["healthy"] is True
    manifests(place_of(folder, table_name("f")))[0].write_bytes(b"")
    assert run(asked) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["healthy"] is False
    assert found["findings"][0]["repairable"] is True
    assert run([*asked, "--repair"]) == 0
    mended = json.loads(capsys.readouterr().out)
    assert mended["healthy"] is True
    assert len(mended["repaired"]) == 1


def test_a_model_that_is_gone_is_a_warning(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--library", str(folder), "doctor"]) == 0
    said = capsys.readouterr().out
    assert "warning" in said
    assert str(tmp_path / "model") in said
    (tmp_path / "model").mkdir()
    assert run(["--library", str(folder), "doctor"]) == 0
    assert str(tmp_path / "model") not in capsys.readouterr().out


def test_a_library_that_is_not_there_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--library", str(tmp_path / "none"), "doctor"]) == 1
    assert "no library" in capsys.readouterr().err


def test_findings_are_shown_with_place_and_remedy_and_no_orders_to_the_terminal() -> None:
    finding = Finding("broken\x1b[2J", "/there", "error", "do this", repairable=True)
    text = doctor_text(doctor_json(Path("/l"), ["mended"], [finding]))
    assert "\x1b" not in text
    assert all(word in text for word in ("mended", "error", "/there", "do this", "wrong"))
