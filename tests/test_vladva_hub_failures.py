"""Fetches that go wrong on the way, and what each failure says."""

import errno
import shutil
import socket
import ssl
from collections import namedtuple
from pathlib import Path

import httpx2
import hub
import pytest
from hub import BIG, DAMAGED, NAME, WEIGHTS, leftovers, refused
from huggingface_hub import close_session, constants

from vladva.errors import ModelError
from vladva.hub import cache, stream
from vladva.hub.failures import explained
from vladva.hub.fetch import Progress, fetch, missing_bytes
from vladva.hub.offer import look

there, big = hub.there, hub.big


def test_a_connection_that_is_cut_goes_on_where_it_stopped(big: hub.Hub) -> None:
    big.cut[WEIGHTS] = [1_200_000, 700_000]
    folder = fetch(look(NAME))
    assert (folder / WEIGHTS).read_bytes() == BIG
    assert big.fetched(WEIGHTS) == ["", "bytes=1200000-", "bytes=1900000-"]
    assert leftovers() == []


def test_a_fetch_that_was_ended_goes_on_with_the_next_one(big: hub.Hub) -> None:
    def ends(progress: Progress) -> None:
        if progress.done > 1_500_000:
            raise KeyboardInterrupt

    offer = look(NAME)
    with pytest.raises(KeyboardInterrupt):
        fetch(offer, ends)
    assert not cache.found(NAME, None)
    half = leftovers()[0].stat().st_size
    assert 1_000_000 < half < len(BIG)
    assert missing_bytes(offer) == len(BIG) - half
    assert (fetch(offer) / WEIGHTS).read_bytes() == BIG
    assert big.fetched(WEIGHTS)[-1] == f"bytes={half}-"


def test_a_server_that_always_cuts_is_given_up_and_what_came_is_kept(big: hub.Hub) -> None:
    big.cut[WEIGHTS] = [1000] + [0] * 20
    error = refused()
    assert "connection broke" in error.message
    assert "kept" in error.hint
    assert leftovers()[0].stat().st_size == 1000


def test_a_damaged_file_is_fetched_again_once(big: hub.Hub) -> None:
    big.damage[WEIGHTS] = 1
    assert (fetch(look(NAME)) / WEIGHTS).read_bytes() == BIG
    assert len(big.fetched(WEIGHTS)) == 2


@pytest.mark.parametrize("file", [WEIGHTS, "config.json"])
def test_a_file_that_arrives_damaged_twice_is_an_error_and_is_not_kept(
    big: hub.Hub, file: str
) -> None:
    big.damage[file] = 2
    error = refused()
    assert file in error.message
    assert "damaged" in error.message
    assert leftovers() == []
    assert not cache.found(NAME, None)


def test_a_file_that_was_damaged_on_the_disk_is_mended(big: hub.Hub) -> None:
    weights = fetch(look(NAME)) / WEIGHTS
    weights.resolve().write_bytes(DAMAGED)
    fetch(look(NAME))
    assert weights.read_bytes() == BIG
    assert len(big.fetched(WEIGHTS)) == 2
    assert len(big.fetched("config.json")) == 1


def test_a_disk_without_room_is_told_before_a_byte_of_weights_is_fetched(
    big: hub.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - as the library's own
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, 2_000_000))
    error = refused()
    assert "GB are free" in error.message
    assert "HF_HOME" in error.hint
    assert big.fetched(WEIGHTS) == []


def test_a_disk_that_fills_up_on_the_way_says_so_and_goes_on_later(
    big: hub.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(progress: Progress) -> None:
        if progress.done > 1_500_000:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ModelError, match="disk is full") as caught:
        fetch(look(NAME), full)
    assert "goes on where it stopped" in caught.value.hint
    fetch(look(NAME))
    assert big.fetched(WEIGHTS)[-1].startswith("bytes=")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_write_that_finds_no_room_says_so(big: hub.Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vladva.hub.fetch._part", lambda *_: Path("/dev/full"))
    with pytest.raises(ModelError, match="disk is full"):
        fetch(look(NAME))


def test_a_cache_that_cannot_be_written_to_is_named(big: hub.Hub, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught, explained(NAME):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))
    assert str(tmp_path) in caught.value.message
    assert "HF_HOME" in caught.value.hint


def test_a_gated_model_says_where_its_licence_is_accepted(big: hub.Hub) -> None:
    big.repositories[NAME].gated = True
    error = refused()
    assert "gated" in error.message
    assert "hf auth login" in error.hint


def test_a_wrong_id_and_a_wrong_revision_are_told_apart(big: hub.Hub) -> None:
    assert "no repository" in refused("someone/else").message
    assert "no repository" in refused("not a//name").message
    assert "revision" in refused(revision="f" * 40).message


@pytest.mark.parametrize(
    ("status", "said", "hint"),
    [
        (401, "denies", "hf auth login"),
        (403, "denies", "hf auth login"),
        (407, "proxy", "HTTPS_PROXY"),
        (429, "too many", "a while"),
        (500, "fault of its own", "a while"),
        (503, "fault of its own", "a while"),
    ],
)
def test_each_answer_of_the_hub_has_its_own_remedy(
    big: hub.Hub, status: int, said: str, hint: str
) -> None:
    big.broken["/resolve/"] = [status] * 30
    error = refused()
    assert said in error.message
    assert str(status) in error.message
    assert hint in error.hint


def test_a_fault_of_the_hub_that_passes_is_waited_for(big: hub.Hub) -> None:
    big.broken[WEIGHTS] = [503, 500, 429]
    assert (fetch(look(NAME)) / WEIGHTS).read_bytes() == BIG


def test_a_file_that_is_gone_meanwhile_is_told(big: hub.Hub) -> None:
    offer = look(NAME)
    del big.repositories[NAME].files[WEIGHTS]
    with pytest.raises(ModelError, match="lacks a file") as caught:
        fetch(offer)
    assert "again" in caught.value.hint


def test_a_hub_that_does_not_answer_in_time_is_given_up(
    big: hub.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = look(NAME)
    big.slow_s = 2.0
    assert "too long" in refused(timeout_s=0.05).message
    monkeypatch.setattr(stream, "SILENT_S", 0.05)
    monkeypatch.setattr(stream, "TRIES", 1)
    with pytest.raises(ModelError, match="too long"):
        fetch(offer)


def test_a_hub_that_is_not_there_is_told_from_no_network(
    there: hub.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{free.getsockname()[1]}")
        error = refused()
    assert "cannot be reached" in error.message
    assert "127.0.0.1" in error.message
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    error = refused()
    assert "HF_HUB_OFFLINE" in error.message
    assert "unset" in error.hint


def test_a_proxy_that_is_not_there_is_named(big: hub.Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free.getsockname()[1]}")
        monkeypatch.setattr(constants, "ENDPOINT", "https://hub.invalid")
        close_session()
        error = refused()
    assert "hub.invalid" in error.message
    assert "HTTPS_PROXY" in error.hint


def test_names_that_do_not_resolve_and_bad_certificates_each_say_so() -> None:
    for cause, said, hint in (
        (socket.gaierror(-2, "Name or service not known"), "no address", "internet"),
        (ssl.SSLCertVerificationError("self-signed"), "certificate", "SSL_CERT_FILE"),
    ):
        with pytest.raises(ModelError) as caught, explained(NAME):
            raise httpx2.ConnectError("no") from cause
        assert said in caught.value.message
        assert hint in caught.value.hint
