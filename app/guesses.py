"""How often a password may be guessed: a few times at once, then ever so often.

Refuses to know passwords and HTTP.
"""

import ipaddress
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5
"""Guesses of one address at once,"""
EVERY_S = 20.0
"""and one more after so many seconds."""
FREE_OF_ALL = 40
ALL_EVERY_S = 2.0
"""The same for all addresses together: whoever has many gets no further."""
MOST_ADDRESSES = 10_000


@dataclass
class _Bucket:
    """What is left, and as of when."""

    left: float
    at: float


class Guesses:
    """The guesses that are left, by address. Threads may share it. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._gate = threading.Lock()
        self._all = _Bucket(FREE_OF_ALL, clock())
        self._by_address: dict[str, _Bucket] = {}

    def take(self, address: str) -> float:
        """Take one guess: 0 where there was one, else the seconds until there is."""
        with self._gate:
            now = self._clock()
            own = self._of(_network(address), now)
            _refill(self._all, FREE_OF_ALL, ALL_EVERY_S, now)
            wait = max((1 - own.left) * EVERY_S, (1 - self._all.left) * ALL_EVERY_S)
            if wait > 0:
                return wait
            own.left -= 1
            self._all.left -= 1
            return 0.0

    def forgive(self, address: str) -> None:
        """The guess was right: the ones before it are forgotten."""
        with self._gate:
            self._by_address.pop(_network(address), None)

    def _of(self, network: str, now: float) -> _Bucket:
        if network not in self._by_address and len(self._by_address) >= MOST_ADDRESSES:
            for one in self._by_address.values():
                _refill(one, FREE, EVERY_S, now)
            waiting = {key: one for key, one in self._by_address.items() if one.left < FREE}
            # As full as this only under attack; then the guesses of all together are the limit.
            self._by_address = waiting if len(waiting) < MOST_ADDRESSES else {}
        bucket = self._by_address.setdefault(network, _Bucket(FREE, now))
        _refill(bucket, FREE, EVERY_S, now)
        return bucket


def _refill(bucket: _Bucket, most: float, every: float, now: float) -> None:
    bucket.left = min(most, bucket.left + (now - bucket.at) / every)
    bucket.at = now


def _network(address: str) -> str:
    """An address, or the /64 around it: so many IPv6 addresses belong to one machine."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((found.packed, 64), strict=False))
    return str(found)
