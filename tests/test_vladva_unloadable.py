"""Systems that no name loads: each says why, and has figures in the paper's tables."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vladva.benchmarks import paper
from vladva.encoders import load_encoder
from vladva.errors import ModelError
from vladva.presets import PRESETS
from vladva.unloadable import UNLOADABLE, check_loadable


def systems() -> set[str]:
    tables = json.loads(Path(paper.__file__).with_name("paper.json").read_text())
    rows = (row for table in tables.values() if isinstance(table, list) for row in table)
    return {row["system"] for row in rows if "system" in row}


@pytest.mark.parametrize("name", UNLOADABLE)
def test_naming_one_says_why_it_does_not_load_and_where_its_figures_are(name: str) -> None:
    for spelt in (name, name.upper()):
        with pytest.raises(ModelError, match="the paper's figures only: ") as refused:
            load_encoder(spelt)
        assert "vladva eval --compare paper" in refused.value.hint


def test_a_checkpoint_that_can_be_converted_says_how() -> None:
    with pytest.raises(ModelError, match="pickled") as refused:
        check_loadable("negclip")
    assert "open_clip.convert" in refused.value.hint
    assert "ViT-B-32" in refused.value.hint


def test_each_is_a_system_of_the_papers_tables_and_no_preset() -> None:
    assert {one.system for one in UNLOADABLE.values()} <= systems()
    assert not set(UNLOADABLE) & set(PRESETS)


def test_a_folder_or_repository_of_such_a_name_is_another_matter(tmp_path: Path) -> None:
    check_loadable("someone/negclip")
    check_loadable(str(tmp_path / "negclip"))
    check_loadable("clip-vit-b32")


def test_the_list_is_read_without_torch() -> None:
    child = "import sys, vladva.unloadable; assert not {'torch', 'transformers'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", child], check=True)
