"""`vladva models`, and what heads for matching and many vectors mean to `eval` and `index`."""

import json
import re
from pathlib import Path

import pytest
import tiny

from vladva.app.__main__ import run
from vladva.presets import PRESETS
from vladva.unloadable import UNLOADABLE


def test_every_preset_stands_in_the_table_with_what_was_checked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["models"]) == 0
    told = capsys.readouterr().out
    for name, preset in PRESETS.items():
        (_, own) = re.split(rf"^{re.escape(name)} ", told, maxsplit=1, flags=re.MULTILINE)
        said = " ".join(re.split(r"\n(?! )", own)[0].split())
        assert preset.licence in said
        assert f"checked: {'; '.join(preset.verified_by)}" in said
    assert told.count("never seen by this project") == 1


def test_systems_that_cannot_be_loaded_are_told_apart_with_the_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["models"]) == 0
    _, _, foot = capsys.readouterr().out.partition("Figures of the paper only")
    said = " ".join(foot.split())
    for one in UNLOADABLE.values():
        assert one.system in said
        assert one.reason in said


def test_naming_such_a_system_is_an_error_that_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photos").mkdir()
    tiny.PICTURES[0].save(tmp_path / "photos" / "a.png")
    library = ["--library", str(tmp_path / "library")]
    assert run([*library, "index", str(tmp_path / "photos"), "--model", "CLIP-SVLC"]) == 1
    told = capsys.readouterr().err
    assert "CLIP-SVLC stands for the paper's figures only" in told
    assert "--compare paper" in told


@pytest.mark.parametrize("kind", ["blip", "blip-2"])
def test_eval_verifies_with_a_head_for_matching(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = ["--library", str(tmp_path / "library")]
    model = ["--model", str(tiny.checkpoint(kind))]
    names = ["toyland-winoground", "toyland-questions"]
    assert run([*library, "eval", *names, *model, "--count", "2", "--verify", "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert set(found["results_generator"]) == {"toyland-winoground"}
    assert set(found["results_fusion"]["toyland-winoground"]) == {"text", "image", "group"}
    assert set(found["skipped"]) == {"toyland-questions"}


def test_a_model_with_many_vectors_a_picture_is_refused_before_anything_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photos").mkdir()
    tiny.PICTURES[0].save(tmp_path / "photos" / "a.png")
    library = ["--library", str(tmp_path / "library")]
    index = [*library, "index", str(tmp_path / "photos"), "--model"]
    assert run([*index, str(tiny.checkpoint("blip-2"))]) == 1
    told = capsys.readouterr().err
    assert "has 5 vectors a picture: an index, which keeps one, cannot hold them" in told
    assert run([*library, "status", "--json"]) == 0
    assert "blip" not in capsys.readouterr().out
    assert run([*index, str(tiny.checkpoint("blip"))]) == 0
