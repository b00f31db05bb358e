"""A model that is not on this disk: what it costs is shown and asked for once, then it is fetched.

`--yes` and a terminal can agree; without either nothing is fetched. Refuses to know how bytes
travel, and what a model is for.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vladva.errors import NotFetched

if TYPE_CHECKING:
    from vladva.encoders.source import Remote
    from vladva.hub.offer import Offer

SILENT_LICENCES = frozenset({"none", "other", "unknown"})
"""What the hub says where it says nothing."""
_META = "vladva.consent"
C = TypeVar("C", bound=Callable[..., Any])


@dataclass(frozen=True)
class Consent:
    """What was agreed to before anything was shown: fetching at all, and licences by name."""

    yes: bool = False
    licences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cost:
    """What fetching a model takes. `missing_bytes` of it are not here yet.

    `restricted`: the licence sets terms of use, or there is none, so it is agreed to by name.
    """

    name: str
    offer: "Offer"
    missing_bytes: int
    licence: str
    restricted: bool


def consent(command: C) -> C:
    """Gives a command `--yes` and `--accept-licence`; what they say is kept for `ensure`."""
    accept = click.option(
        "--accept-licence",
        metavar="NAME",
        multiple=True,
        envvar="VLADVA_ACCEPT_LICENCE",
        expose_value=False,
        callback=_keep,
        help="Agree to a model's licence that sets terms of use.",
    )
    yes = click.option(
        "--yes",
        is_flag=True,
        envvar="VLADVA_YES",
        expose_value=False,
        callback=_keep,
        help="Fetch a model that is not here, unasked.",
    )
    return yes(accept(command))


def ensure(name: str, *, as_json: bool = False) -> None:
    """Have a model on this disk, where it is one of the hub.

    Asks and shows progress on stderr; with `as_json` progress is events on stdout. Raises
    `NotFetched` where nobody agrees, and `ModelError` where it cannot be had. A name that means
    nothing is for the loader to refuse.
    """
    from vladva.encoders.source import on_hub

    remote = on_hub(name)
    if remote is not None and remote.found() is None:
        bring(remote, as_json=as_json)


def bring(remote: "Remote", *, as_json: bool) -> Cost:
    """Fetch a model, whatever is here of it: what is gets checked → what it cost."""
    from vladva.app.present_fetch import shown
    from vladva.hub.fetch import fetch

    cost = cost_of(remote)
    if cost.missing_bytes:
        agree(cost)
    with shown(cost, as_json=as_json) as report:
        fetch(cost.offer, report)
    return cost


def cost_of(remote: "Remote") -> Cost:
    """Ask the hub what a model is; only its config is fetched. Raises `ModelError`.

    One of a kind that nothing here reads is refused before its weights are asked for.
    """
    from vladva.encoders import check_type
    from vladva.encoders.source import Source
    from vladva.hub import cache
    from vladva.hub.fetch import fetch_config, missing_bytes
    from vladva.hub.offer import look

    revision = remote.revision or cache.pinned(remote.hub_id)
    offer = look(remote.hub_id, revision, open_clip=remote.open_clip)
    folder = fetch_config(offer, lambda _progress: _tell_waiting(remote.name))
    check_type(Source(remote.name, folder).model_type)
    licence, restricted = _licence(remote, offer.licence)
    return Cost(remote.name, offer, missing_bytes(offer), licence, restricted)


@lru_cache  # once a model
def _tell_waiting(name: str) -> None:
    from vladva.app.plain import printable

    click.echo(printable(f"{name}: another process fetches it, waiting for it"), err=True)


def someone_is_there() -> bool:
    """Whether a question would be seen, and can be answered."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agree(cost: Cost, given: Consent | None = None) -> None:
    """Returns where fetching is agreed to. Raises `NotFetched` where it is not.

    `given` None: what the options of the running command say.
    """
    from vladva.app.present_fetch import cost_line, remedy

    given = _given() if given is None else given
    by_name = not cost.restricted or accepted(cost, given)
    if given.yes and by_name:
        click.echo(cost_line(cost), err=True)
        return
    if not someone_is_there():
        raise NotFetched(cost_line(cost), remedy(cost))
    click.echo(cost_line(cost), err=True)
    if not _answer(cost, by_name=by_name):
        raise NotFetched(f"{cost.name} was not fetched: you said no", remedy(cost))


def _answer(cost: Cost, *, by_name: bool) -> bool:
    """What a person at the terminal says."""
    from vladva.hub.licences import same

    if by_name:
        return click.confirm("Fetch it?", err=True)
    question = f"Its licence sets terms of use, or there is none. To agree, type {cost.licence}"
    said = click.prompt(question, default="", show_default=False, err=True)
    return same(said, cost.licence)


def accepted(cost: Cost, given: Consent) -> bool:
    """Whether a model's licence was agreed to, by its name."""
    from vladva.hub.licences import same

    return any(same(name, cost.licence) for name in given.licences)


def _licence(remote: "Remote", declared: str) -> tuple[str, bool]:
    """The licence, and whether it is agreed to by name: the hub's word where it has one."""
    from vladva.hub.licences import is_restricted

    preset = remote.preset
    if preset is None:
        return declared, is_restricted(declared)
    licence = preset.licence if declared.lower() in SILENT_LICENCES else declared
    return licence, preset.restricted or is_restricted(licence)


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    before = ctx.meta.get(_META, Consent())
    yes = bool(value) if param.name == "yes" else before.yes
    licences = before.licences if param.name == "yes" else tuple(value)
    ctx.meta[_META] = Consent(yes, licences)


def _given() -> Consent:
    ctx = click.get_current_context(silent=True)
    found = None if ctx is None else ctx.meta.get(_META)
    return found if isinstance(found, Consent) else Consent()
