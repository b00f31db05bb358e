"""The hub on loopback: what is offered, what is taken of it, and where it lies then."""

import errno
import multiprocessing
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import hub
import pytest
import tiny
from hub import BIG, NAME, WEIGHTS, refused
from huggingface_hub import constants, hf_hub_download, scan_cache_dir

from vladva.encoders import load_encoder
from vladva.encoders.source import on_hub
from vladva.errors import NotFetched
from vladva.hub import cache
from vladva.hub.fetch import Progress, fetch, fetch_config, missing_bytes
from vladva.hub.licences import is_restricted, same
from vladva.hub.offer import Offer, RemoteFile, choose, look

there, big = hub.there, hub.big


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
