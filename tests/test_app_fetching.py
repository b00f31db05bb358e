"""A model that is not here: what is shown, who is asked, what the commands do with the answer."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hub
import pytest
import tiny
from huggingface_hub import close_session, constants

from vladva.app import fetching
from vladva.app.__main__ import run
from vladva.app.fetching import Consent, agree, cost_of
from vladva.app.present_models import size
from vladva.encoders.source import Remote, on_hub
from vladva.errors import ModelError, NotFetched
from vladva.hub import cache
from vladva.hub.fetch import Progress, fetch
from vladva.presets import PRESETS

NAME = "someone/tiny"


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[hub.Hub]:
    """A hub with one tiny CLIP, an empty cache, and nobody at the terminal."""
    with hub.serving() as served:
        monkeypatch.setattr(constants, "ENDPOINT", served.url)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        close_session()
        served.add(NAME, tiny.checkpoint("clip"))
        yield served
        close_session()


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> "list[str]":
    """Someone at the terminal, and what they will type."""
    typed: list[str] = []
    monkeypatch.setattr(fetching, "someone_is_there", lambda: True)
    for kind in ("prompt", "confirm"):
        monkeypatch.setattr(f"click.{kind}", answering(kind, typed))
    return typed


def answering(kind: str, typed: list[str]) -> object:
    def answer(question: str, **_: object) -> object:
        said = typed.pop(0)
        typed.append(question)
        return said == "y" if kind == "confirm" else said

    return answer


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two pictures in a folder."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(2):
        tiny.picture(64, 48, number).save(folder / f"{number}.jpg")
    return folder


def weights(there: hub.Hub) -> list[str]:
    return there.fetched("model.safetensors")


def remote(name: str = NAME) -> Remote:
    found = on_hub(name)
    assert found is not None
    return found


def test_without_a_terminal_nothing_is_fetched_and_the_error_names_cost_licence_and_flag(
    there: hub.Hub, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for call in (
        ["index", str(photos), "--model", NAME],
        ["eval", "toyland-winoground", "--count", "2", "--model", NAME],
        ["inspect", "a dog", "--model", "someone/lvlm"],
        ["models", "--fetch", NAME],
        ["bench", str(photos), "--model", NAME],
        ["caption", str(photos / "0.jpg"), "--model", "someone/lvlm"],
    ):
        there.add("someone/lvlm", tiny.checkpoint("llava"))
        assert run(["--library", str(tmp_path / "library"), *call]) == 1
        said = capsys.readouterr().err
        assert "kB to fetch" in said
        assert "licence apache-2.0" in said
        assert "--yes" in said
    assert weights(there) == []


def test_a_person_who_agrees_is_asked_once(
    there: hub.Hub, person: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    person.append("y")
    assert run(["models", "--fetch", NAME]) == 0
    assert person == ["Fetch it?"]
    assert "licence apache-2.0" in capsys.readouterr().err
    assert run(["models", "--fetch", NAME]) == 0
    fetching.ensure(NAME)
    assert person == ["Fetch it?"]
    assert len(weights(there)) == 1


def test_a_person_who_says_no_gets_nothing(
    there: hub.Hub, person: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    person.append("n")
    assert run(["models", "--fetch", NAME]) == 1
    assert "you said no" in capsys.readouterr().err
    assert weights(there) == []


@pytest.mark.parametrize("licence", ["cc-by-nc-4.0", None])
def test_a_licence_with_terms_is_agreed_to_by_its_name(
    there: hub.Hub, capsys: pytest.CaptureFixture[str], licence: str | None
) -> None:
    there.repositories[NAME].licence = licence
    called = licence or "none"
    assert run(["models", "--fetch", NAME, "--yes"]) == 1
    assert f'--accept-licence "{called}"' in capsys.readouterr().err
    assert run(["models", "--fetch", NAME, "--yes", "--accept-licence", "apache-2.0"]) == 1
    assert weights(there) == []
    assert run(["models", "--fetch", NAME, "--yes", "--accept-licence", called]) == 0
    assert len(weights(there)) == 1


def test_at_the_terminal_such_a_licence_is_typed(there: hub.Hub, person: list[str]) -> None:
    there.repositories[NAME].licence = "cc-by-nc-4.0"
    person.append("y")
    assert run(["models", "--fetch", NAME]) == 1
    assert weights(there) == []
    person[:] = ["CC-BY-NC-4.0"]
    assert run(["models", "--fetch", NAME]) == 0
    assert "type cc-by-nc-4.0" in person[0]


def test_the_environment_agrees_as_the_options_do(
    there: hub.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.repositories[NAME].licence = "cc-by-nc-4.0"
    monkeypatch.setenv("VLADVA_YES", "1")
    assert run(["models", "--fetch", NAME]) == 1
    monkeypatch.setenv("VLADVA_ACCEPT_LICENCE", "cc-by-nc-4.0")
    assert run(["models", "--fetch", NAME]) == 0


def test_the_licence_of_a_preset_holds_where_the_hub_is_silent(there: hub.Hub) -> None:
    for name, declared, licence, restricted in (
        ("clip-vit-b32", None, "MIT", False),
        ("clip-vit-b32", "cc-by-nc-4.0", "cc-by-nc-4.0", True),
        ("llava-1.5-7b", "llama2", "llama2", True),
        ("llava-1.5-7b", "other", "Llama-2", True),
        ("e5-v", None, "none declared", True),
    ):
        there.add(str(PRESETS[name].hub_id), tiny.checkpoint("clip"), licence=declared)
        cost = cost_of(remote(name))
        assert (cost.licence, cost.restricted) == (licence, restricted)
    agree(cost, Consent(yes=True, licences=("none",)))
    with pytest.raises(NotFetched):
        agree(cost, Consent(yes=True, licences=("mit",)))


def test_size_and_commit_are_the_hubs_own(there: hub.Hub) -> None:
    preset = PRESETS["clip-vit-b32"]
    there.add(str(preset.hub_id), tiny.checkpoint("clip"))
    offer = cost_of(remote("clip-vit-b32")).offer
    assert offer.size_bytes < preset.size_bytes / 100
    assert offer.commit == hub.COMMIT


def test_a_kind_that_nothing_reads_is_refused_before_its_weights_and_before_asking(
    there: hub.Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    there.repositories[NAME].files["config.json"] = b'{"model_type": "mamba"}'
    assert run(["models", "--fetch", NAME, "--yes"]) == 1
    assert "no encoder family reads models of type 'mamba'" in capsys.readouterr().err
    assert weights(there) == []


def test_a_half_fetched_model_says_what_is_left(
    there: hub.Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends(progress: Progress) -> None:
        if progress.done > 200_000:
            raise KeyboardInterrupt

    cost = cost_of(remote())
    with pytest.raises(KeyboardInterrupt):
        fetch(cost.offer, ends)
    assert run(["models", "--fetch", NAME]) == 1
    said = capsys.readouterr().err
    left = size(cost_of(remote()).missing_bytes)
    assert f"{left} of {size(cost.offer.size_bytes)} to fetch" in said


def test_json_tells_the_fetch_as_events(there: hub.Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "--fetch", NAME, "--yes", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["event"] for row in rows[:-1]} == {"fetch"}
    assert {row["state"] for row in rows[:-1]} == {"fetching", "checking"}
    assert all(0 <= row["done"] <= row["total"] for row in rows[:-1])
    last = rows[-1]
    assert (last["event"], last["model"], last["revision"]) == ("fetched", NAME, hub.COMMIT)
    assert last["size_bytes"] == cost_of(remote()).offer.size_bytes


def test_a_terminal_shows_a_bar_of_bytes(
    there: hub.Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("vladva.app.present_fetch.shows_progress", lambda: True)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["models", "--fetch", NAME, "--yes"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "someone/tiny: checking its sums" in shown.err
    assert "kB" in shown.err.partition("checking its sums")[2]


def test_a_name_that_is_no_model_of_the_hub_is_refused(
    there: hub.Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "--fetch", "mini", "--yes"]) == 1
    assert "no model of the hub" in capsys.readouterr().err
    with pytest.raises(ModelError, match="no repository"):
        cost_of(remote("someone/else"))


def test_search_of_an_indexed_library_does_not_fetch_unasked(
    there: hub.Hub, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = ["--library", str(tmp_path / "library")]
    assert run([*library, "index", str(photos), "--model", NAME, "--yes"]) == 0
    shutil.rmtree(cache.repository(NAME))
    before = len(weights(there))
    capsys.readouterr()
    assert run([*library, "search", "a dog", "--no-server"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "kB to fetch" in said.err
    assert len(weights(there)) == before
    assert run([*library, "search", "a dog", "--no-server", "--yes"]) == 0


def vladva(there: hub.Hub, home: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    """The program in a child, with this hub and a cache of its own."""
    environment = {**os.environ, "HF_ENDPOINT": there.url, "HF_HOME": str(home / "models"),
                   "HF_HUB_OFFLINE": "0", "VLADVA_LIBRARY": str(home / "library")}  # fmt: skip
    environment.pop("HF_HUB_CACHE", None)
    return subprocess.run(
        [sys.executable, "-m", "vladva.app", *args],
        env=environment, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["clip", "llava"])
def test_the_program_fetches_indexes_and_searches_from_the_hub(
    there: hub.Hub, photos: Path, tmp_path: Path, kind: str
) -> None:
    there.add("someone/model", tiny.checkpoint(kind))
    call = ["index", str(photos), "--model", "someone/model", "--yes", "--json"]
    there.cut["model.safetensors"] = [10_000]
    done = vladva(there, tmp_path, *call)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["event"] for row in rows if row["event"] in ("fetched", "summary")] == [
        "fetched",
        "summary",
    ]
    assert rows[-1]["indexed"] == 2
    assert weights(there) == ["", "bytes=10000-"]
    asked = len(there.asked)
    found = vladva(there, tmp_path, "search", "a dog", "--all", "--json", "--no-server")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["searched"] == 2
    assert len(there.asked) == asked
