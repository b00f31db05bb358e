"""The names by which a request may call this page.

A page elsewhere that rebinds its own name to our address still says that name, so it gets
nothing. An address in numbers cannot be rebound. Refuses to know HTTP.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - to be recognised


@dataclass(frozen=True)
class Hosts:
    """Names, in lower case, and whether any address in numbers will do."""

    names: frozenset[str] = LOOPBACK
    any_address: bool = False

    def know(self, host: str) -> bool:
        """Whether a `Host` header (name, colon, port) is one of ours."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self.names or (self.any_address and _is_address(name))


def hosts_of(host: str, called: Iterable[str] = ()) -> Hosts:
    """What a page that listens on `host` may be called; `called`: what else, as a person said."""
    said = {name.lower() for name in called}
    if host in LOOPBACK:
        return Hosts(LOOPBACK | said)
    machine = socket.gethostname().lower()
    return Hosts(
        LOOPBACK | said | {host.lower(), machine, f"{machine.split('.')[0]}.local"},
        any_address=True,
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
