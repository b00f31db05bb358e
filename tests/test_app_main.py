"""The program itself: its help, its exit codes, and what it imports before it has to."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import app_fakes
import click
import pytest

from vladva.app import __main__ as program
from vladva.errors import LibraryError, VladvaError

coloured = app_fakes.coloured

HEAVY = (
    "torch",
    "transformers",
    "peft",
    "lancedb",
    "pyarrow",
    "gradio",
    "fastapi",
    "numpy",
    "rich",
)

HELP = """\
Usage: vladva [OPTIONS] COMMAND [ARGS]...

  Find any photo by what happens in it: semantic search on your own machine.

Options:
  --library DIRECTORY  Where the index and the settings live.  [default: the
                       platform's user data folder]
  --debug              Show the traceback of an error.
  --version            Show the version and exit.
  -h, --help           Show this message and exit.

Commands:
  demo      Draw a small world, index it, answer sample queries.
  toyland   Draw scenes with captions and facts into a folder.
  index     Make folders of photos searchable.
  search    Find photos by what happens in them.
  match     Find the texts that fit a picture.
  similar   Find photos that resemble a picture.
  saved     List the saved searches, add one, run one, remove one.
  mark      Say which photos fit a query, and which do not.
  marks     List what was marked right or wrong, and under which query.
  caption   Describe pictures in words.
  train     Train an adapter on pictures with captions.
  adapters  List the library's adapters, choose one, or go back.
  eval      Measure a model on benchmarks, each beside its controls.
  prompts   Compare prompt pairs on a model before it is trained.
  inspect   Look into a model: its next words, what it attends to.
  status    Show folders, counts, the encoder and failures.
  doctor    Say what is wrong with the library, and mend it.
  models    List the encoders that can be named.
  forget    Drop a folder from the library (never a photo).
  bench     Measure how fast this machine indexes, and how fast it could.
  ui        Open the search page in the browser.

  Every option is also an environment variable: VLADVA_LIBRARY,
  VLADVA_SEARCH_LIMIT, … Photos are opened read-only, always.
"""
OPTIONS = {
    "demo": "--baseline --count --no-ui --seed",
    "toyland": "--count --seed --size",
    "index": "--accept-licence --adapter --batch-size --calibrate --captions --device --dim "
    "--exclude --json --model --nice --profile --quantize --watch --yes",
    "search": "--accept-licence --all --duplicates --image --json --limit --no-server "
    "--no-verify --paths --sort --verifier --verify --yes -0",
    "match": "--accept-licence --json --limit --no-server --texts --yes",
    "similar": "--accept-licence --json --limit --no-server --yes",
    "saved": "--json",
    "mark": "--forget --json --right --wrong",
    "marks": "--json",
    "caption": "--accept-licence --device --json --model --style --yes",
    "train": "--accept-licence --device --from-library --json --model --out --recipe --resume "
    "--set --yes",
    "adapters": "--json",
    "eval": "--accept-licence --adapter --compare --count --data --device --dim --json "
    "--list --model --profile --quantize --seed --unseen --unseen-words --verify --yes",
    "prompts": "--accept-licence --device --json --limit --model --out --pair --yes",
    "inspect": "--accept-licence --adapter --device --json --layer --model --out --top --yes",
    "status": "--json",
    "doctor": "--json --repair",
    "models": "--accept-licence --fetch --json --yes",
    "forget": "",
    "bench": "--accept-licence --device --json --limit --model --yes",
    "ui": "--called --desktop --host --mcp --no-browser --password-file --port",
}


def loaded_by(*calls: list[str]) -> set[str]:
    """Which of the heavy packages calls of the program have imported when they end."""
    code = (
        "import json, sys\n"
        "from vladva.app.__main__ import run\n"
        f"[run(call) for call in {list(calls)!r}]\n"
        f"print(json.dumps([n for n in {HEAVY!r} if n in sys.modules]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_the_help_is_this_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert program.run(["--help"]) == 0
    assert capsys.readouterr().out == HELP


@pytest.mark.parametrize("name", program.COMMANDS)
def test_a_command_has_these_options_and_the_help_of_the_table(name: str) -> None:
    command = program.cli.get_command(click.Context(program.cli), name)  # type: ignore[arg-type]
    assert command is not None
    options = [o for p in command.params if isinstance(p, click.Option) for o in p.opts]
    assert sorted(options) == OPTIONS[name].split()
    assert command.get_short_help_str(200) == program.COMMANDS[name][1]


def test_every_command_of_the_table_is_a_function_of_its_module() -> None:
    assert set(OPTIONS) == set(program.COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    assert loaded_by(["--help"], *([name, "--help"] for name in program.COMMANDS)) == set()


def test_commands_that_need_no_model_import_no_torch(coloured: Path) -> None:
    library = ["--library", str(coloured)]
    calls = [["models"], *([*library, name] for name in ("status", "adapters"))]
    loaded = loaded_by(*calls, [*library, "forget", "/nowhere"])
    assert not loaded & {"torch", "transformers", "peft", "gradio", "fastapi"}


def test_help_takes_at_most_twice_the_time_of_importing_click() -> None:
    def seconds(*args: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *args], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    rounds = [(seconds("-c", "import click"), seconds("-m", "vladva.app", "-h")) for _ in range(7)]
    assert min(ours for _, ours in rounds) <= 2 * min(click_alone for click_alone, _ in rounds)


def test_an_unknown_command_gets_its_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(["serch", "x"]) == 2
    assert "Did you mean 'search'?" in capsys.readouterr().err


def test_an_unknown_option_gets_its_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(["search", "x", "--limt", "3"]) == 2
    assert "--limit" in capsys.readouterr().err


def test_options_come_from_the_environment_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VLADVA_LIBRARY", str(tmp_path / "from the environment"))
    monkeypatch.setenv("VLADVA_SEARCH_LIMIT", "0")
    assert program.run(["search", "x"]) == 2
    assert "--limit" in capsys.readouterr().err
    assert program.run(["status"]) == 1
    assert "from the environment" in capsys.readouterr().err


def failing(error: BaseException) -> click.Command:
    def fail() -> None:
        raise error

    return click.Command("models", callback=fail)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (VladvaError("It broke.", "Mend it."), 1, "Error: It broke.\n  Mend it.\n"),
        (LibraryError("No hint."), 1, "Error: No hint.\n"),
        (ValueError("a bug"), 1, "Error: ValueError: a bug\n"),
        (KeyboardInterrupt(), 130, "What was stored is kept"),
        (click.exceptions.Exit(3), 3, ""),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_an_error_becomes_words_and_an_exit_code(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(program.LazyGroup, "get_command", lambda *_: failing(error))
    assert program.run(["models"]) == code
    told = capfd.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


def test_debug_shows_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program.LazyGroup, "get_command", lambda *_: failing(ValueError("a bug")))
    assert program.run(["--debug", "models"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_error() -> None:
    code = (
        "import click, sys\nfrom vladva.app import __main__ as p\n"
        "talk = click.Command('models', callback=lambda: [print('x' * 80) for _ in range(9999)])\n"
        "p.LazyGroup.get_command = lambda *_: talk\nsys.argv = ['vladva', 'models']\np.main()"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -c "$CODE" | head -1'],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "CODE": code},
    )
    assert done.stdout == "x" * 80 + "\n"
    assert done.stderr == ""
