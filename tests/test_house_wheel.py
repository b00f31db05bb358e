"""What the wheel holds is what the folders hold, and what it offers is what the hints name."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
FOLDERS = {"vladva": "vladva", "trainer": "vladva/trainer", "indexes": "vladva/indexes"}
FOLDERS["app"] = "vladva/app"


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def test_the_wheel_holds_every_file_of_the_four_floors(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("vladva-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        f"{FOLDERS[folder]}/{rest}"
        for folder, _, rest in (name.partition("/") for name in tracked())
        if folder in FOLDERS and rest
    }
    assert packed == expected


def test_the_extras_are_those_that_hints_and_documents_name_as_an_old_pip_compares() -> None:
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(offered["optional-dependencies"])
    assert extras == {canonicalize_name(name) for name in extras}  # pip 23.2 compares as written
    texts = [ROOT / name for name in tracked() if name.endswith((".py", ".md"))]
    named = {
        extra
        for text in texts
        if text.parent.name != "tests"
        for extra in re.findall(r"vladva\[([^\]]+)\]", text.read_text(encoding="utf-8"))
    }
    assert named == extras
