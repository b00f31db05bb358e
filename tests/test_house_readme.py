"""What the documents say of the program is what the program says."""

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_commands_and_rooms_in_the_documents_are_those_of_the_program() -> None:
    spec = importlib.util.spec_from_file_location("remake", ROOT / "docs" / "remake.py")
    assert spec is not None
    assert spec.loader is not None
    remake = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(remake)
    for path, text in remake.remade().items():
        assert path.read_text(encoding="utf-8") == text, "run `make docs`"


def test_every_file_that_the_documents_link_to_is_there() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("vladva/mini/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
