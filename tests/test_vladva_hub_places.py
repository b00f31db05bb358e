"""What of a hub's word is believed: names, digests, sizes, and what counts as whole here."""

import json
from functools import partial
from pathlib import Path

import hub
import pytest
import tiny
from filelock import FileLock
from hub import BIG, DAMAGED, NAME, WEIGHTS

from vladva.encoders import load_encoder
from vladva.encoders.source import Source
from vladva.errors import ModelError
from vladva.hub import cache, stream
from vladva.hub.fetch import Progress, fetch, fetch_config
from vladva.hub.offer import RemoteFile, choose, look

there, big = hub.there, hub.big
OPEN_CLIP = ("open_clip_config.json", "open_clip_model.safetensors")


def names(listed: list[str], *, open_clip: bool = False) -> list[str]:
    files = [RemoteFile(name, 1, "0", large=False) for name in listed]
    return [file.name for file in choose(NAME, files, open_clip=open_clip)]


def snapshot(**files: str) -> Path:
    """A commit's folder with these files, as another program leaves it: nothing is pinned."""
    folder = cache.snapshot(NAME, hub.COMMIT)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content)
    return folder


def test_a_peft_config_that_was_left_behind_is_not_fetched_and_the_model_loads(
    big: hub.Hub,
) -> None:
    big.add(NAME, tiny.checkpoint("clip")).files["adapter_config.json"] = b'{"peft_type": "X"}'
    folder = fetch(look(NAME))
    assert not (folder / "adapter_config.json").exists()
    assert load_encoder(NAME, device="cpu").dim > 0


@pytest.mark.parametrize(
    "name",
    ["..\\evil.json", "c:evil.json", "adapter//evil.json", "adapter//etc/evil.json",
     "adapter/../../evil.json", "adapter/./evil.json"],
)  # fmt: skip
def test_a_name_that_leads_out_of_its_folder_is_refused(big: hub.Hub, name: str) -> None:
    big.repositories[NAME].files[name] = b"{}"
    with pytest.raises(ModelError, match="no place in a cache"):
        look(NAME)


@pytest.mark.parametrize("name", ["/etc/evil.json", "../evil.json"])
def test_a_file_outside_the_known_folders_is_not_taken(big: hub.Hub, name: str) -> None:
    big.repositories[NAME].files[name] = b"{}"
    assert {file.name for file in look(NAME).files} == {"config.json", WEIGHTS}


@pytest.mark.parametrize("digest", ["../../evil", "ab", "A" * 64, "a" * 63, "a" * 64 + "\n", ""])
def test_a_digest_that_is_none_is_refused(
    big: hub.Hub, monkeypatch: pytest.MonkeyPatch, digest: str
) -> None:
    monkeypatch.setattr(hub, "digest", lambda *_: digest)
    with pytest.raises(ModelError, match="no place in a cache"):
        look(NAME)


@pytest.mark.parametrize("commit", ["../../evil", "main", "c0ffee", "A" * 40])
def test_a_commit_that_is_none_is_refused(big: hub.Hub, commit: str) -> None:
    big.repositories[NAME].commit = commit
    with pytest.raises(ModelError, match="no place in a cache"):
        look(NAME)


@pytest.mark.parametrize("texts", [["config.json"], ["config.json", OPEN_CLIP[0]]])
def test_open_clips_weights_are_not_offered_for_a_config_of_another_package(
    texts: list[str],
) -> None:
    with pytest.raises(ModelError, match="pickle"):
        names([*texts, "pytorch_model.bin", OPEN_CLIP[1]])
    with pytest.raises(ModelError, match="fit its config"):
        names([*texts, OPEN_CLIP[1]])
    assert names([*OPEN_CLIP, "pytorch_model.bin"]) == [*OPEN_CLIP]


@pytest.mark.parametrize(
    ("config", "whole"), [('{"model_type": "clip"}', False), ("{}", True), (None, True)]
)
@pytest.mark.usefixtures("big")
def test_open_clips_weights_are_whole_only_with_its_own_config(
    config: str | None, *, whole: bool
) -> None:
    files = dict.fromkeys(OPEN_CLIP, "{}") | ({} if config is None else {"config.json": config})
    folder = snapshot(**files)
    assert cache.is_whole(folder) is whole
    assert cache.is_whole(folder, open_clip=True)
    (folder / OPEN_CLIP[0]).unlink()
    assert not cache.is_whole(folder)
    assert not cache.is_whole(folder, open_clip=True)


@pytest.mark.usefixtures("big")
def test_what_another_program_fetched_is_whole_with_tokens_and_preprocessing() -> None:
    found = partial(cache.found, NAME, hub.COMMIT)
    folder = snapshot(**{"config.json": '{"model_type": "clip"}', WEIGHTS: "x"})
    assert found() is None
    snapshot(**{"tokenizer.json": "{}"})
    assert found() is None
    snapshot(**{"preprocessor_config.json": "{}"})
    assert found() == folder
    (folder / "tokenizer.json").unlink()
    assert found() is None
    cache.pin(NAME, hub.COMMIT)  # brought by a fetch with all that its repository lists
    assert found() == folder


@pytest.mark.parametrize("listed", [{}, {"weight_map": {}}, {"weight_map": []}, []])
@pytest.mark.usefixtures("big")
def test_an_index_that_lists_no_weights_makes_nothing_whole(listed: object) -> None:
    index = {"model.safetensors.index.json": json.dumps(listed)}
    assert not cache.is_whole(snapshot(**{"config.json": '{"model_type": "clip"}'}, **index))


@pytest.mark.usefixtures("big")
def test_weights_in_parts_are_whole_with_the_last_of_them() -> None:
    parts = [f"model-{n}-of-2.safetensors" for n in (1, 2)]
    weight_map = dict(zip("ab", parts, strict=True))
    index = {"model.safetensors.index.json": json.dumps({"weight_map": weight_map})}
    folder = snapshot(**{"config.json": '{"model_type": "clip"}', parts[0]: "x"}, **index)
    assert not cache.is_whole(folder)
    snapshot(**{parts[1]: "x"})
    assert cache.is_whole(folder)


def test_weights_come_last_so_that_what_has_them_has_all() -> None:
    adapter = ["adapter/adapter.json", "adapter/adapter.safetensors"]
    assert names([WEIGHTS, *adapter, "config.json"]) == [
        adapter[0],
        "config.json",
        adapter[1],
        WEIGHTS,
    ]


def test_a_copy_in_the_snapshot_is_checked_and_mended(big: hub.Hub) -> None:
    weights = fetch(look(NAME)) / WEIGHTS
    weights.unlink()
    weights.write_bytes(BIG)
    fetch(look(NAME))
    assert not weights.is_symlink()
    weights.write_bytes(DAMAGED)
    fetch(look(NAME))
    assert weights.read_bytes() == BIG
    assert len(big.fetched(WEIGHTS)) == 1


@pytest.mark.parametrize("here", [0, 1_000_000])
def test_an_answer_that_is_too_long_is_given_up_and_not_kept(big: hub.Hub, here: int) -> None:
    offer = look(NAME)
    big.repositories[NAME].files[WEIGHTS] = BIG + BIG
    remote = next(file for file in offer.files if file.name == WEIGHTS)
    part = cache.blob(NAME, remote.digest + ".vladva.incomplete")
    part.parent.mkdir(parents=True)
    part.write_bytes(BIG[:here])
    told: list[int] = []

    def hears(progress: Progress) -> None:
        told.append(progress.done)
        assert len(big.fetched(WEIGHTS)) <= stream.TRIES, "it never ends"

    with pytest.raises(ModelError, match="connection broke"):
        fetch(offer, hears)
    assert len(big.fetched(WEIGHTS)) == stream.TRIES
    assert max(told) <= offer.size_bytes
    assert not part.exists()


def test_a_config_that_is_here_is_not_waited_for(big: hub.Hub) -> None:
    offer = look(NAME)
    folder = fetch_config(offer)
    with FileLock(cache.lock_file(NAME)):
        assert fetch_config(offer, _nobody_waits) == folder
    assert len(big.fetched("config.json")) == 1


@pytest.mark.usefixtures("big")
def test_who_waits_for_a_config_hears_of_it() -> None:
    def heard(progress: Progress) -> None:
        raise InterruptedError(progress.state)

    offer = look(NAME)
    file = cache.lock_file(NAME)
    file.parent.mkdir(parents=True)
    with FileLock(file), pytest.raises(ModelError, match="waiting"):
        fetch_config(offer, heard)


def test_what_came_from_the_hub_is_fetched_again_by_a_command(big: hub.Hub, tmp_path: Path) -> None:
    big.add(NAME, tiny.checkpoint("clip"))
    weights = fetch(look(NAME)) / WEIGHTS
    weights.write_bytes(b"damaged")
    with pytest.raises(ModelError) as caught:
        load_encoder(NAME, device="cpu")
    assert f"`vladva models --fetch {NAME}`" in caught.value.hint
    assert "--fetch" not in Source("siglip2-base", tmp_path).again


def _nobody_waits(progress: Progress) -> None:
    raise AssertionError(progress)
