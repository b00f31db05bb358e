"""The password of a page that other machines reach: hashed, kept in the library, compared.

Refuses to know HTTP, and never keeps or says a password itself.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from vladva.errors import ConfigError
from vladva.indexes.library import Library

SETTING = "password"
"""Where the library keeps the hash."""
VARIABLE = "VLADVA_PASSWORD"
SHORTEST = 8
LONGEST = 1024
"""Characters: what is longer costs time and protects no better."""
COST = (2**15, 8, 1)
"""scrypt's n, r and p: 32 MiB and about a tenth of a second (RFC 7914; OWASP names p = 3)."""
_MEMORY = 64 * 1024 * 1024


def hashed(password: str) -> str:
    """A password → what may be kept of it: `scrypt$n$r$p$salt$hash`, salt and hash in hex."""
    salt = secrets.token_bytes(16)
    n, r, p = COST
    return f"scrypt${n}${r}${p}${salt.hex()}${_scrypt(password, salt, n, r, p).hex()}"


def matches(password: str, kept: str) -> bool:
    """Whether this is the password, in a time that does not tell how much of it is right."""
    if len(password) > LONGEST:
        return False
    _, n, r, p, salt, right = kept.split("$")
    made = _scrypt(password, bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(made, bytes.fromhex(right))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    secret = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def given(file: Path | None) -> str | None:
    """The password that was said for this run: the first line of `file`, or the environment's.

    Raises `ConfigError` for a file that cannot be read and for a password that is too short.
    """
    if file is None:
        said = os.environ.get(VARIABLE)
        return _checked(said, f"The password in {VARIABLE}") if said else None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The password file {file} cannot be read: {error}.",
            "A text file whose first line is the password.",
        ) from error
    return _checked(lines[0] if lines else "", f"The first line of {file}")


def for_page(
    library: Library, said: str | None, *, beyond: bool, ask: Callable[[], str] | None
) -> str | None:
    """The hash that this page demands, or None where it may be open.

    `said`: the password given for this run; it becomes the library's. `beyond`: other machines
    reach the page, so it must have one: the library's, or what `ask` hears (None: there is nobody
    to ask). Raises `ConfigError` where there is none.
    """
    kept = library.get(SETTING)
    if said is None and not beyond:
        return None
    if said is None and kept is not None:
        return str(kept)
    if said is None and ask is not None:
        said = _checked(ask(), "The password")
    if said is None:
        raise ConfigError(
            "A page that other machines reach needs a password.",
            f"--password-file FILE, or {VARIABLE}; it is kept, hashed, in the library.",
        )
    if kept is None or not matches(said, str(kept)):
        kept = hashed(said)
        library.set(SETTING, kept)
    return str(kept)


def _checked(password: str, what: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(
            f"{what} has {len(password)} characters.",
            f"A password has {SHORTEST} characters or more (at most {LONGEST}).",
        )
    return password
