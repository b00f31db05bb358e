"""`--quantize` and `--dim`: how an encoder is made of its weights, where a command lets one choose.

Refuses to know what loads it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import click

C = TypeVar("C", bound=Callable[..., Any])


def _length(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value in (None, "whole") or (str(value).isdecimal() and int(str(value)) > 0):
        return value
    raise click.BadParameter("a number from 1 up, or whole")


def made_as(command: C) -> C:
    """Gives a command both options, for `sources.with_options`."""
    bits = click.option(
        "--quantize",
        type=click.Choice(["8", "4", "none"]),
        help="Bits a weight, on an NVIDIA GPU.  [default: as in use]",
    )
    length = click.option(
        "--dim",
        metavar="N|whole",
        callback=_length,
        help="Keep the first N numbers of each vector, where the model was trained for that "
        "(Matryoshka): a smaller index.  [default: as in use]",
    )
    return bits(length(command))
