"""A group of commands in which a wrong name gets its nearest valid one.

Refuses to know which commands there are.
"""

import difflib

import click


class NearestGroup(click.Group):
    """A click group with an answer to a misspelt command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As usual, but a wrong name gets its nearest valid one."""
        name, names = args[0], self.list_commands(ctx)
        if name not in names and not name.startswith("-"):
            near = difflib.get_close_matches(name, names, 1)
            ctx.fail(f"No such command {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)
