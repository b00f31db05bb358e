"""The floors of docs/architecture.md, read from the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {"vladva": 0, "vladva.trainer": 1, "vladva.indexes": 1, "vladva.app": 2}
FOLDERS = {"vladva": "vladva", "trainer": "vladva.trainer", "indexes": "vladva.indexes"}
FOLDERS["app"] = "vladva.app"
BARE = {"app", "trainer", "indexes"}
UI_ONLY = {"click", "gradio", "fastapi", "starlette", "uvicorn", "rich"}
DATABASES = {"lancedb", "pyarrow", "watchdog", "sqlite3"}
FILE_LINES, FUNCTION_LINES = 300, 60


def room_of(module: str) -> str:
    """The floor's package that a dotted name belongs to."""
    parts = module.split(".")
    name = ".".join(parts[:2])
    return name if name in FLOORS else "vladva"


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything imported; relative ones keep their dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def import_breach(room: str, name: str) -> str | None:
    """Why a module of this room may not import this name, or None."""
    top, _, _ = name.partition(".")
    other = room_of(name) if top == "vladva" else room
    breaches = {
        "relative import": name.startswith("."),
        "bare floor name": top in BARE,
        f"{top} below app": top in UI_ONLY and FLOORS[room] < 2,
        f"{top} outside indexes": top in DATABASES and room != "vladva.indexes",
        "import goes up a floor": FLOORS[other] > FLOORS[room],
        "import crosses to the room beside": FLOORS[other] == FLOORS[room] and other != room,
    }
    return next((why for why, is_so in breaches.items() if is_so), None)


def call_breach(room: str, node: ast.AST) -> str | None:
    """Why a module of this room may not do this, or None."""
    if room == "vladva.app":
        return None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id if node.func.id in {"print", "input", "exit", "quit"} else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        name = f"{node.value.id}.{node.attr}"
        return name if name == "sys.exit" else None
    if isinstance(node, ast.ImportFrom) and node.module == "sys":
        taken = {alias.name for alias in node.names} & {"exit"}
        return f"{node.module}.{taken.pop()}" if taken else None
    return None


def breaches(room: str, code: str) -> list[str]:
    """Everything in a module's code that breaks the floors, with its line."""
    tree = ast.parse(code)
    found = [(line, import_breach(room, name)) for line, name in imports(tree)]
    found += [(getattr(node, "lineno", 0), call_breach(room, node)) for node in ast.walk(tree)]
    return [f"line {line}: {why}" for line, why in found if why]


def modules() -> list[tuple[str, Path]]:
    """(room, path) of every module of the four floors."""
    return [
        (room, path)
        for folder, room in FOLDERS.items()
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


@pytest.mark.parametrize(("room", "path"), modules(), ids=str)
def test_every_module_stays_on_its_floor(room: str, path: Path) -> None:
    assert breaches(room, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("vladva", "import vladva.app.server"),
        ("vladva", "from vladva.indexes import search"),
        ("vladva", "from vladva import trainer"),
        ("vladva.trainer", "from vladva.indexes.search import Searcher"),
        ("vladva.indexes", "from vladva import trainer"),
        ("vladva.indexes", "import vladva.trainer.loop"),
        ("vladva.indexes", "from vladva import app"),
        ("vladva.app", "from . import server"),
        ("vladva.trainer", "from ..indexes import search"),
        ("vladva.app", "from trainer import loop"),
        ("vladva.app", "import indexes.search"),
        ("vladva", "import click"),
        ("vladva.indexes", "from rich import progress"),
        ("vladva.trainer", "import gradio as gr"),
        ("vladva", "import lancedb"),
        ("vladva.trainer", "import sqlite3"),
        ("vladva", "print('done')"),
        ("vladva.indexes", "import sys\nsys.exit(1)"),
        ("vladva.indexes", "from sys import exit"),
        ("vladva.trainer", "if True:\n    def f():\n        from vladva.app import server"),
    ],
)
def test_each_kind_of_breach_is_found(room: str, code: str) -> None:
    assert breaches(room, code)


def test_what_the_floors_allow_is_not_called_a_breach() -> None:
    assert breaches("vladva.app", "import click\nfrom vladva.indexes import search\nprint(1)") == []
    assert breaches("vladva.indexes", "import lancedb\nfrom vladva.errors import VladvaError") == []
    assert breaches("vladva", "from vladva.encoders import load_encoder\nimport torch") == []


@pytest.mark.parametrize(("room", "path"), modules(), ids=str)
def test_no_file_and_no_function_is_crowded(room: str, path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    assert len(code.splitlines()) <= FILE_LINES
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION_LINES, f"{node.name} has {length} lines"
            assert node.returns is not None, f"{node.name} has no return annotation"


def test_the_small_floors_have_the_rooms_that_they_name_and_no_deeper_ones() -> None:
    inner = [
        f"indexes/{room}" for room in ("facts", "figures", "health", "query", "ranking", "watching")
    ]
    folders = ["app", "trainer", "trainer/lab", "indexes", *inner, "tests"]
    rooms = [ROOT / folder for folder in folders]
    nested = [path for room in rooms for path in room.rglob("*.py") if path.parent not in rooms]
    assert nested == []
