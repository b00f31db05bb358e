"""What the README says of the program is what the program says."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_commands_in_the_readme_are_those_of_the_live_program() -> None:
    spec = importlib.util.spec_from_file_location("remake", ROOT / "docs" / "remake.py")
    assert spec is not None and spec.loader is not None  # noqa: PT018
    remake = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(remake)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert remake.with_commands(text, remake.command_block()) == text, "run `make docs`"


def test_every_file_that_the_documents_link_to_is_there() -> None:
    import re

    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("vladva/mini/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
