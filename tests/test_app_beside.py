"""The demo's baseline: indexed beside the model, asked by its name, and offered nowhere else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_colours import ColourEncoder, load_colours, paint
from app_fakes import Page, index, page
from app_other import until
from starlette.testclient import TestClient

import vladva.encoders
import vladva.toyland.planted
from vladva.app import beside as ours
from vladva.app import demo
from vladva.app.__main__ import run
from vladva.app.forgetting import forget
from vladva.app.page_state import FOR_PHOTOGRAPHS, page_state
from vladva.errors import ConfigError, ModelError
from vladva.indexes.asked import Asked
from vladva.indexes.library import Library
from vladva.indexes.switch import start_over
from vladva.protocols import Encoder, Vectors
from vladva.toyland.planted import plan


class Backwards(ColourEncoder):
    """Finds the opposite of what is meant."""

    def encode_texts(self, texts: object) -> Vectors:
        return -super().encode_texts(texts)  # type: ignore[arg-type]


def load_both(name: str, **options: object) -> Encoder:
    if name == ours.BASELINE:
        return Backwards(name, "backwards-1")
    return load_colours(name, **options)


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "is_here", lambda: True)


@pytest.fixture
def shown(tmp_path: Path, packaged: None) -> Iterator[Page]:
    """A page over a demo library of colours that the baseline has indexed too."""
    folder = paint(tmp_path / "library-drawn")
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, folder)
        library.set(ours.DRAWN, ["version", 0, 6])
        for _event in ours.index_beside(library, folder, load_both(ours.BASELINE)):
            continue
        active = library.active()
        assert active is not None
        assert active.model == "mini"
    with page(tmp_path / "library", load_both) as made:
        yield made


def first(client: TestClient, **params: str) -> tuple[str, str]:
    answer = client.get("/api/search", params={"q": "white", **params}).json()
    return answer["model"], Path(answer["results"][0]["path"]).stem


def test_the_same_words_are_answered_by_either(shown: Page) -> None:
    client = TestClient(shown.app, base_url="http://127.0.0.1")
    assert first(client) == ("mini", "white")
    assert first(client, by="clip-mini") == ("clip-mini", "black")
    assert first(client, by="") == ("mini", "white")
    assert client.get("/api/search", params={"q": "white", "by": "else"}).status_code == 422
    assert client.get("/api/status").json()["baseline"] == "clip-mini"


def test_the_ids_of_one_are_those_of_the_other_so_that_its_hits_have_thumbnails(
    shown: Page,
) -> None:
    client = TestClient(shown.app, base_url="http://127.0.0.1")
    (hit, *_) = client.get("/api/search", params={"q": "white", "by": "clip-mini"}).json()[
        "results"
    ]
    assert client.get(f"/api/thumb/{hit['id']}").status_code == 200


def test_once_its_folder_is_forgotten_a_library_is_no_demo_any_more(
    tmp_path: Path, packaged: None
) -> None:
    with page(tmp_path / "library", load_both) as made:
        library, drawn = made.library, paint(tmp_path / "library-drawn")
        index(library, drawn)
        library.set(ours.DRAWN, ["version", 0, 6])
        library.set("examples", ["a red car"])
        state = page_state(made.session, made.indexing.report)
        assert state["examples"] == ["a red car"]
        assert state["switch"]["name"] == ours.BASELINE
        forget(library, drawn)
        index(library, paint(tmp_path / "photos"))
        state = page_state(made.session, made.indexing.report)
        assert state["examples"] == list(FOR_PHOTOGRAPHS)
        assert state["switch"] is None


def test_a_library_that_is_no_demo_offers_no_baseline(tmp_path: Path, packaged: None) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        folder = paint(tmp_path / "library-drawn")
        index(library, folder)
        stopped = threading.Event()
        stopped.set()
        other = load_both(ours.BASELINE)
        for _event in ours.index_beside(library, folder, other, stopped):
            continue
        library.set(ours.DRAWN, ["version", 0, 6])
        assert ours.beside(library) is None  # half of an answer is none
        library.set(ours.DRAWN, None)
        for _event in ours.index_beside(library, folder, other):
            continue
        assert ours.beside(library) is None
        with pytest.raises(ConfigError, match="cannot be asked through clip-mini"):
            ours.Beside(library, load_both).find(Asked(), "white")
        library.set(ours.DRAWN, ["version", 0, 6])
        assert ours.beside(library) == "clip-mini"


def test_where_the_build_lacks_its_weights_the_demo_says_so_before_it_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours, "is_here", lambda: False)
    with pytest.raises(ModelError, match="not packaged"):
        ours.check_here()
    place = tmp_path / "library"
    assert run(["--library", str(place), "demo", "--no-ui", "--baseline", "clip-mini"]) == 1
    said = capsys.readouterr().err
    assert "clip-mini is not packaged in this build" in said
    assert "make mini" in said
    assert not place.exists()


def test_the_demo_measures_the_baseline_and_keeps_mini_in_use(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    packaged: None,
) -> None:
    monkeypatch.setattr(vladva.encoders, "load_encoder", load_both)
    monkeypatch.setattr(vladva.toyland.planted, "plan", lambda seed, count: plan(seed, count, 2))
    call = ["--library", str(tmp_path / "library"), "demo", "--no-ui", "--count", "24"]
    assert run([*call, "--baseline", "clip-mini"]) == 0
    told = capsys.readouterr().out
    heads = next(line for line in told.splitlines() if line.startswith("Precision@5")).split()
    assert heads == ["Precision@5", "mini", "clip-mini", "chance"]
    with Library.open(tmp_path / "library", create=False) as library:
        active = library.active()
        assert active is not None
        assert active.model == "mini"
        assert ours.beside(library) == "clip-mini"
    assert run(call) == 0
    heads = next(
        line for line in capsys.readouterr().out.splitlines() if line.startswith("Precision@5")
    ).split()
    assert heads == ["Precision@5", "mini", "chance"]  # nobody asked for it


def test_the_demo_of_the_page_can_be_asked_through_the_baseline_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packaged: None
) -> None:
    small = plan(0, 24, queries=2)
    monkeypatch.setattr(demo, "plan", lambda _seed, _count: small)
    with page(tmp_path / "library", load_both) as shown:
        client = TestClient(shown.app, base_url="http://127.0.0.1")
        assert client.post("/api/index", json={"demo": True}).status_code == 202
        until(lambda: ours.beside(shown.library) is not None)
        until(lambda: shown.indexing.report.stage == "watching")  # again, once it has
        state = client.get("/api/status").json()
        assert (state["model"], state["photos"], state["baseline"]) == ("mini", 24, "clip-mini")
        assert client.get("/api/search", params={"q": "white", "by": "clip-mini"}).json()["results"]
        assert shown.indexing.report.folder == "the drawn world"


def test_a_baseline_that_cannot_be_loaded_leaves_the_demo_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packaged: None
) -> None:
    def load(name: str, **options: object) -> Encoder:
        if name == ours.BASELINE:
            raise ModelError("its file is damaged", "install again")
        return load_colours(name, **options)

    small = plan(0, 24, queries=2)
    monkeypatch.setattr(demo, "plan", lambda _seed, _count: small)
    with page(tmp_path / "library", load) as shown:
        shown.indexing.demo()
        until(lambda: "its file is damaged" in shown.indexing.report.notes)
        until(lambda: shown.library.locked() and shown.indexing.report.stage == "watching")
        assert ours.beside(shown.library) is None


def test_a_demo_that_was_forgotten_meanwhile_stays_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packaged: None
) -> None:
    def load(name: str, **options: object) -> Encoder:
        if name == ours.BASELINE:
            forget(shown.library, ours.drawn_folder(tmp_path / "library"))
        return load_both(name, **options)

    small = plan(0, 24, queries=2)
    monkeypatch.setattr(demo, "plan", lambda _seed, _count: small)
    with page(tmp_path / "library", load) as shown:
        shown.indexing.demo()
        until(lambda: not shown.library.roots() and shown.indexing.report.stage == "watching")
        until(shown.library.locked)
        assert ours.beside(shown.library) is None
        assert not shown.library.roots()


@pytest.mark.parametrize("again", ["opened", "asked"])
def test_a_demo_that_was_stopped_before_its_baseline_had_seen_all_goes_on_when_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packaged: None, again: str
) -> None:
    loads: list[str] = []

    def load(name: str, **options: object) -> Encoder:
        loads.append(name)
        if loads == ["mini", ours.BASELINE]:
            shown.indexing.stop()
        return load_both(name, **options)

    small = plan(0, 24, queries=2)
    monkeypatch.setattr(demo, "plan", lambda _seed, _count: small)
    with page(tmp_path / "library", load) as shown:
        shown.indexing.demo()
        assert shown.indexing.wait(20)
        assert [root.photos for root in shown.library.roots()] == [24]
        assert ours.beside(shown.library) is None
        assert ours.Beside(shown.library, load).due()
    with page(tmp_path / "library", load) as shown:
        if again == "opened":
            shown.indexing.open()
        else:
            shown.indexing.refresh()
        until(lambda: ours.beside(shown.library) is not None)
        until(lambda: shown.indexing.report.stage == "watching" and shown.library.locked())
    assert loads == ["mini", ours.BASELINE] * 2
    with page(tmp_path / "library", load) as shown:
        shown.indexing.open()
        until(lambda: shown.indexing.report.stage == "watching")
        assert not ours.Beside(shown.library, load).due()
    assert loads[4:] == ["mini"]


def test_a_table_that_was_given_back_is_asked_no_more(tmp_path: Path, packaged: None) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        folder = paint(tmp_path / "library-drawn")
        index(library, folder)
        library.set(ours.DRAWN, ["version", 0, 6])
        for _event in ours.index_beside(library, folder, load_both(ours.BASELINE)):
            continue
        assert ours.beside(library) == "clip-mini"
        forget(library, folder)
        start_over(library)
        assert ours.beside(library) is None
