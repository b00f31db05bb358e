"""The hub on loopback: offers, fetches that go wrong on the way, and what each failure says."""

import errno
import multiprocessing
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import hub
import pytest
import tiny
from huggingface_hub import close_session, constants, hf_hub_download, scan_cache_dir

from vladva.encoders import load_encoder
from vladva.encoders.source import on_hub
from vladva.errors import ModelError, NotFetched
from vladva.hub import cache, stream
from vladva.hub.failures import explained
from vladva.hub.fetch import Progress, fetch, fetch_config, missing_bytes
from vladva.hub.licences import is_restricted, same
from vladva.hub.offer import Offer, RemoteFile, choose, look

NAME = "someone/tiny-clip"
WEIGHTS = "model.safetensors"
BIG = os.urandom(3_000_000)


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[hub.Hub]:
    """A hub with nothing in it, and an empty cache here."""
    with hub.instead(tmp_path / "cache", monkeypatch) as served:
        yield served


@pytest.fixture
def big(there: hub.Hub) -> hub.Hub:
    """A repository whose weights are random bytes, enough of them to be cut in the middle."""
    files = {"config.json": b'{"model_type": "clip"}', WEIGHTS: BIG}
    there.repositories[NAME] = hub.Repository(files)
    return there


def refused(name: str = NAME, **options: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        fetch(look(name, **options))
    assert caught.value.hint
    return caught.value


def leftovers() -> list[Path]:
    return sorted((cache.repository(NAME) / "blobs").glob("*.incomplete"))


@pytest.mark.parametrize("kind", ["clip", "siglip2", "llava", "qwen2_vl", "qwen3_vl", "blip"])
def test_a_checkpoint_of_each_family_comes_from_the_hub_and_loads(
    there: hub.Hub, kind: str
) -> None:
    there.add("someone/tiny", tiny.checkpoint(kind))
    with pytest.raises(NotFetched, match="not cached"):
        load_encoder("someone/tiny", device="cpu")
    assert there.asked == []
    offer = look("someone/tiny")
    folder = fetch(offer)
    assert folder.name == offer.commit == hub.COMMIT
    from_hub, from_disk = (
        load_encoder(name, device="cpu") for name in ("someone/tiny", str(tiny.checkpoint(kind)))
    )
    asked = len(there.asked)
    assert (from_hub.encode_texts(["a dog"]) == from_disk.encode_texts(["a dog"])).all()
    assert len(there.asked) == asked


def test_only_texts_and_one_set_of_weights_are_taken(there: hub.Hub) -> None:
    files = dict.fromkeys(
        ["config.json", WEIGHTS, "pytorch_model.bin", "modeling_evil.py", "tokenizer.json",
         "merges.txt", "chat_template.jinja", "onnx/model.safetensors", "consolidated.safetensors",
         "model.fp16.safetensors", "open_clip_model.safetensors", "open_clip_config.json",
         "adapter/adapter.safetensors", "adapter/adapter.json", "picture.png"], b"x"
    )  # fmt: skip
    there.repositories[NAME] = hub.Repository(files)
    texts = {"config.json", "tokenizer.json", "merges.txt", "chat_template.jinja"}
    texts |= {"open_clip_config.json", "adapter/adapter.json", "adapter/adapter.safetensors"}
    assert {file.name for file in look(NAME).files} == texts | {WEIGHTS}
    foreign = look(NAME, open_clip=True)
    assert {file.name for file in foreign.files} == texts | {"open_clip_model.safetensors"}
    fetch(look(NAME))
    here = {path.name for path in cache.snapshot(NAME, hub.COMMIT).rglob("*") if path.is_file()}
    assert here == {Path(name).name for name in texts | {WEIGHTS}}


def test_weights_in_parts_are_all_taken_and_come_last() -> None:
    names = ["model-00001-of-00002.safetensors", "config.json", "model-00002-of-00002.safetensors",
             "model.safetensors.index.json"]  # fmt: skip
    chosen = choose(NAME, [RemoteFile(name, 1, "0", large=True) for name in names], open_clip=False)
    assert [file.name for file in chosen] == [names[1], names[3], names[0], names[2]]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["config.json", "pytorch_model.bin"], "pickle"),
        (["config.json"], "no weights"),
        ([WEIGHTS], "no config.json"),
    ],
)
def test_a_repository_that_cannot_be_loaded_is_refused_before_anything_is_fetched(
    there: hub.Hub, names: list[str], said: str
) -> None:
    there.repositories[NAME] = hub.Repository(dict.fromkeys(names, b"{}"))
    assert said in refused().message
    assert not any("/resolve/" in path for _, path, _ in there.asked)


def test_an_offer_tells_the_hubs_own_size_licence_and_commit(big: hub.Hub) -> None:
    offer = look(NAME)
    assert offer.size_bytes == missing_bytes(offer) == len(BIG) + len(b'{"model_type": "clip"}')
    assert (offer.licence, offer.commit) == ("apache-2.0", hub.COMMIT)
    for said, licence in (
        ({"licence": None}, "none"),
        ({"licence": "other"}, "other"),
        ({"licence": "other", "licence_name": "tongyi-qianwen"}, "tongyi-qianwen"),
        ({"licence": "cc-by-nc-4.0"}, "cc-by-nc-4.0"),
    ):
        big.repositories[NAME] = hub.Repository(big.repositories[NAME].files, **said)
        assert look(NAME).licence == licence
        assert is_restricted(licence)


def test_a_licence_has_one_name_however_it_is_spelt() -> None:
    assert same("Llama-2", "llama2")
    assert same("none", "None declared")
    assert not same("cc-by-nc-4.0", "cc-by-4.0")
    assert not is_restricted("Apache-2.0")


def test_progress_is_told_in_bytes_of_the_whole_offer_and_ends_at_all_of_it(big: hub.Hub) -> None:
    told: list[Progress] = []
    offer = look(NAME)
    fetch(offer, told.append)
    fetching = [one.done for one in told if one.state == "fetching"]
    assert fetching == sorted(fetching)
    assert len(set(fetching)) > 2
    assert fetching[-1] == offer.size_bytes == told[-1].total
    assert {one.file for one in told} == {"config.json", WEIGHTS}
    assert missing_bytes(offer) == 0


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
    weights.resolve().write_bytes(bytes([BIG[0] ^ 1]) + BIG[1:])
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


def test_what_is_fetched_stays_the_same_commit_when_others_move_on(big: hub.Hub) -> None:
    folder = fetch(look(NAME))
    (cache.repository(NAME) / "refs" / "main").write_text("d" * 40)
    assert cache.found(NAME, None) == folder
    assert cache.pinned(NAME) == hub.COMMIT
    assert on_hub(NAME) is not None


def test_the_config_alone_is_enough_to_know_a_models_kind(big: hub.Hub) -> None:
    folder = fetch_config(look(NAME))
    assert [path.name for path in folder.iterdir()] == ["config.json"]
    assert big.fetched(WEIGHTS) == []
    assert not cache.found(NAME, None)


def _fetch_in_child(url: str, place: str, told: Any) -> None:
    constants.ENDPOINT, constants.HF_HUB_CACHE, constants.HF_HUB_OFFLINE = url, place, False
    fetch(look(NAME), lambda progress: told.put(progress.state))


def test_two_processes_that_want_the_same_model_fetch_it_once(big: hub.Hub) -> None:
    spawn = multiprocessing.get_context("spawn")
    told = spawn.Queue()
    big.held = threading.Event()
    args = (big.url, constants.HF_HUB_CACHE, told)
    both = [spawn.Process(target=_fetch_in_child, args=args, daemon=True) for _ in range(2)]
    try:
        for one in both:
            one.start()
        while told.get(timeout=60) != "waiting":
            pass
        big.held.set()
        for one in both:
            one.join(60)
        assert [one.exitcode for one in both] == [0, 0]
    finally:
        big.held.set()
        for one in both:
            one.kill()
            one.join()
    assert len(big.fetched(WEIGHTS)) == 1


def test_a_cache_without_links_holds_copies(big: hub.Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "symlink_to", fails)
    weights = fetch(look(NAME)) / WEIGHTS
    assert weights.read_bytes() == BIG
    assert not weights.is_symlink()


def test_the_hubs_own_library_finds_what_was_fetched_here(big: hub.Hub) -> None:
    weights = fetch(look(NAME)) / WEIGHTS
    place = constants.HF_HUB_CACHE
    for revision in (hub.COMMIT, cache.PIN):
        found = hf_hub_download(
            NAME, WEIGHTS, revision=revision, cache_dir=place, local_files_only=True
        )
        assert Path(found) == weights
    scanned = scan_cache_dir(place)
    assert not scanned.warnings
    assert [repo.repo_id for repo in scanned.repos] == [NAME]


def test_looking_at_the_cache_needs_neither_torch_nor_transformers() -> None:
    child = (
        "import sys, vladva.hub.fetch, vladva.hub.offer, vladva.encoders.source as s;"
        "s.on_hub('siglip2-base').found();"
        "assert not {'torch', 'transformers', 'httpx2'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", child], check=True)


def test_an_offer_is_a_plain_value() -> None:
    files = (RemoteFile("a", 2, "0", large=False), RemoteFile(WEIGHTS, 3, "1", large=True))
    assert Offer(NAME, hub.COMMIT, "mit", files).size_bytes == 5
