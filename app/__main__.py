"""The program `vladva`: its commands by name, and the one place where errors become words.

Imports a command only when it is asked for. Refuses to know what any command does.
"""

import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from vladva.app.groups import NearestGroup
from vladva.app.settings import Settings
from vladva.errors import VladvaError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("cli_demo", "Draw a small world, index it, answer sample queries."),
    "toyland": ("cli_toyland", "Draw scenes with captions and facts into a folder."),
    "index": ("cli_index", "Make folders of photos searchable."),
    "search": ("cli_search", "Find photos by what happens in them."),
    "match": ("cli_match", "Find the texts that fit a picture."),
    "similar": ("cli_similar", "Find photos that resemble a picture."),
    "saved": ("cli_saved", "List the saved searches, add one, run one, remove one."),
    "mark": ("cli_marks", "Say which photos fit a query, and which do not."),
    "marks": ("cli_marks", "List what was marked right or wrong, and under which query."),
    "caption": ("cli_caption", "Describe pictures in words."),
    "train": ("cli_train", "Train an adapter on pictures with captions."),
    "adapters": ("cli_adapters", "List the library's adapters, choose one, or go back."),
    "eval": ("cli_eval", "Measure a model on benchmarks, each beside its controls."),
    "prompts": ("cli_prompts", "Compare prompt pairs on a model before it is trained."),
    "inspect": ("cli_inspect", "Look into a model: its next words, what it attends to."),
    "status": ("cli_library", "Show folders, counts, the encoder and failures."),
    "doctor": ("cli_doctor", "Say what is wrong with the library, and mend it."),
    "models": ("cli_models", "List the encoders that can be named."),
    "forget": ("cli_library", "Drop a folder from the library (never a photo)."),
    "bench": ("cli_bench", "Measure how fast this machine indexes, and how fast it could."),
    "ui": ("cli_ui", "Open the search page in the browser."),
}
"""Command → (module of this package, the first line of its help), in the order of the help."""

EPILOG = (
    "Every option is also an environment variable: VLADVA_LIBRARY, VLADVA_SEARCH_LIMIT, … "
    "Photos are opened read-only, always."
)
INTERRUPTED = "Stopped. What was stored is kept: indexing and training go on there next time."


class LazyGroup(NearestGroup):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command; None where there is no such name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"vladva.app.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table above, without an import."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={
        "auto_envvar_prefix": "VLADVA",
        "show_default": True,
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@click.option(
    "--library",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the index and the settings live.  [default: the platform's user data folder]",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="vladva", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, *, library: Path | None, debug: bool) -> None:
    """Find any photo by what happens in it: semantic search on your own machine."""
    ctx.obj = Settings(library, debug)


def run(args: Sequence[str]) -> int:
    """One call of the program → its exit code: 0 done, 1 error, 2 usage, 3 done with skips."""
    try:
        code = cli.main(list(args), prog_name="vladva", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        if isinstance(error, click.NoSuchOption):
            click.echo("A text that begins with - follows --, as in: search -- -people", err=True)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo(INTERRUPTED, err=True)
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not flush into it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the one boundary
        return _tell(error, debug=wants_debug(args))
    return code if isinstance(code, int) else 0


def wants_debug(args: Sequence[str]) -> bool:
    """Whether a traceback was asked for; needed where the command line itself failed."""
    return "--debug" in args or os.environ.get("VLADVA_DEBUG", "") not in {"", "0", "false"}


def _tell(error: Exception, *, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exception(error)
    if isinstance(error, VladvaError):
        click.echo(f"Error: {error.message}", err=True)
        if error.hint:
            click.echo(f"  {error.hint}", err=True)
        return 1
    click.echo(f"Error: {type(error).__name__}: {error}", err=True)
    if not debug:
        click.echo("  This is a fault of the program. `vladva --debug …` shows where.", err=True)
    return 1


def main() -> None:
    """The console script."""
    # Read when torch starts: threads that wait for each other must not keep the decode children
    # off the processor. A third more photos a second on two cores (`vladva bench`).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name that is no valid Unicode leaves as the bytes that it came as.
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
