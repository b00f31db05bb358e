"""Every way that talking to the hub fails → a `ModelError` that says what to do about it.

Refuses to know what was being asked for.
"""

import errno
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from vladva.errors import ModelError

OFFLINE = (
    "connect to the internet once to fetch it, or name a model that is cached or packaged "
    "(`vladva models` lists them)"
)
_BUSY = "try again in a while: what was fetched so far is kept"
_NAMES = "look at its spelling on the hub; `vladva models` lists names that are known"
_PROXY = "look at HTTPS_PROXY and NO_PROXY: address, name and password of the proxy"
_LOGIN = "log in with `hf auth login`; an old or narrow token is denied as well"
_ANSWERS = {
    "GatedRepoError": (
        "{name} is gated",
        "accept its licence on its hub page, then `hf auth login`",
    ),
    "RepositoryNotFoundError": (
        "no repository on the hub is {name!r}, or it is private",
        _NAMES + "; for a private one: `hf auth login`",
    ),
    "RevisionNotFoundError": (
        "{name} does not have the revision that was asked for",
        "it was deleted or renamed on the hub; another version of VladVA may name a newer one",
    ),
    "EntryNotFoundError": (
        "{name} lacks a file that it lists",
        "its repository was changed meanwhile: try again",
    ),
    "401": ("the hub denies {name} ({status})", _LOGIN),
    "403": ("the hub denies {name} ({status})", _LOGIN),
    "407": ("a proxy denies {name} ({status})", _PROXY),
    "429": ("too many requests from this address ({status}), while asked for {name}", _BUSY),
    "500": ("the hub has a fault of its own ({status}), while asked for {name}", _BUSY),
}
"""The hub's answers: kind of error or status → what it means, what to do."""


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Runs a part of a fetch; what it raises comes out as a `ModelError` about this model."""
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise ModelError(
            f"HF_HUB_OFFLINE forbids to ask the hub for {name}",
            "unset HF_HUB_OFFLINE; " + OFFLINE,
        ) from error
    except errors.HFValidationError as error:
        raise ModelError(f"no repository on the hub is {name!r}", _NAMES) from error
    except errors.HfHubHTTPError as error:
        raise _refused(name, error) from error
    except httpx2.HTTPError as error:
        raise _unreached(name, error) from error
    except OSError as error:
        raise _disk(name, error) from error


def _refused(name: str, error: Exception) -> ModelError:
    """The hub answered, and its answer is no."""
    from huggingface_hub import errors

    status = int(getattr(getattr(error, "response", None), "status_code", 0))
    kinds = (
        errors.GatedRepoError,
        errors.RepositoryNotFoundError,
        errors.RevisionNotFoundError,
        errors.EntryNotFoundError,
    )
    kind = next((kind.__name__ for kind in kinds if isinstance(error, kind)), str(status))
    reason, hint = _ANSWERS.get(kind, _ANSWERS["500"])
    return ModelError(reason.format(name=name, status=status), hint)


def _unreached(name: str, error: Exception) -> ModelError:
    """No answer came, or not all of one."""
    import httpx2

    if isinstance(error, httpx2.ProxyError):
        return ModelError(f"the proxy does not let {name} through: {_first_line(error)}", _PROXY)
    if isinstance(error, httpx2.TimeoutException):
        return ModelError(f"the hub took too long to answer, asked for {name}", _BUSY)
    if isinstance(error, httpx2.ConnectError):
        why, hint = _unconnected(error)
        return ModelError(f"{why}, so {name} is not fetched", hint)
    return ModelError(f"the connection broke while {name} was fetched", _BUSY)


def _unconnected(error: Exception) -> tuple[str, str]:
    """Why there is no connection, and what to do."""
    causes = list(_chain(error))
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return (
            "the hub's certificate is not trusted here",
            "a proxy that reads TLS needs its certificate in SSL_CERT_FILE; look at the clock too",
        )
    proxy = _proxy()
    if proxy:
        return f"{_host()} cannot be reached through the proxy {proxy}", _PROXY
    if any(isinstance(one, socket.gaierror) for one in causes):
        return f"{_host()} has no address here", OFFLINE
    return f"{_host()} cannot be reached ({_first_line(error)})", OFFLINE


def _disk(name: str, error: OSError) -> ModelError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ModelError(
            f"the disk is full, {name} is not whole",
            "make room and run it again: it goes on where it stopped. HF_HOME names another place",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ModelError(
            f"{name} cannot be stored: {error}", "HF_HOME names a folder that can be written to"
        )
    return ModelError(f"{name} cannot be fetched: {_first_line(error)}", OFFLINE)


def _host() -> str:
    from huggingface_hub import constants

    return str(constants.ENDPOINT).partition("://")[2] or str(constants.ENDPOINT)


def _proxy() -> str:
    """The proxy between here and the hub, without the password in it; "" for none."""
    from huggingface_hub import constants

    parts = urlsplit(str(constants.ENDPOINT))
    address = getproxies().get(parts.scheme) or getproxies().get("all") or ""
    if not address or proxy_bypass(parts.hostname or ""):
        return ""
    return urlsplit(address).netloc.rpartition("@")[2] or address


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
