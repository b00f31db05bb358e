"""The routes of training and adapters over a library of coloured photos."""

from collections.abc import Iterator
from pathlib import Path

import app_played
import pytest
from app_adapters import load_with_adapter, write_adapter
from app_colours import paint
from app_fakes import Page, index, page
from starlette.testclient import TestClient

from vladva.app.adapters import Adapters
from vladva.app.sources import Source, remember_source
from vladva.indexes.lance import LanceStore
from vladva.indexes.marks import Marks
from vladva.trainer.config import recipes

LONG = 90.0


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Page]:
    with page(tmp_path / "library", load_with_adapter) as made:
        index(made.library, paint(tmp_path / "photos"), encoder=load_with_adapter("mini"))
        remember_source(made.library, "mini+packaged", Source("mini"))
        made.app.state.runs.program = app_played.program("accepted", tmp_path)
        yield made


@pytest.fixture
def client(shown: Page) -> TestClient:
    return TestClient(shown.app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def wanted(tmp_path: Path, **more: object) -> dict[str, object]:
    return {"name": "holiday", "source": "path", "path": str(tmp_path / "photos"), **more}


def test_a_run_is_started_followed_and_a_second_one_is_refused(
    client: TestClient, shown: Page, tmp_path: Path
) -> None:
    assert client.get("/api/train").json()["run"]["stage"] == "idle"
    reply = client.post("/api/train", json=wanted(tmp_path))
    assert reply.status_code == 202
    assert reply.json()["run"]["facts"]["model"] == "mini"
    again = client.post("/api/train", json=wanted(tmp_path, name="other"))
    assert (again.status_code, again.json()["hint"]) == (409, "Wait for it or stop it.")
    (tmp_path / "go").touch()
    shown.app.state.runs.wait(LONG)
    run = client.get("/api/train").json()["run"]
    assert (run["stage"], run["summary"]["verdict"]) == ("done", "accepted")
    assert client.get("/api/train/choices").json()["name"] == "mine"


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({"name": "../../x"}, (400, "cannot be the name")),
        ({"path": "photos"}, (400, "whole path")),
        ({"path": "/no/such/folder"}, (400, "no such file")),
        ({"recipe": "/etc/passwd"}, (400, "recipe")),
        ({"changes": ["optim.lt=1"]}, (400, "optim.lr")),
        ({"changes": ["model.name=/x\0y"]}, (400, "NUL")),
        ({"path": "/x\0y"}, (400, "NUL")),
        ({"changes": ["model.name=llava-1.5-13b"]}, (503, "not on this machine")),
        ({"source": "library"}, (400, "needs 40")),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    client: TestClient,
    shown: Page,
    tmp_path: Path,
    more: dict[str, object],
    answer: tuple[int, str],
) -> None:
    reply = client.post("/api/train", json=wanted(tmp_path, **more))
    assert reply.status_code == answer[0]
    assert answer[1] in reply.json()["message"]
    assert not shown.app.state.runs.state.running


def test_the_choices_count_what_the_library_can_give(client: TestClient, shown: Page) -> None:
    store = LanceStore(shown.library.folder, "mini+packaged", 4)
    content = next(iter(store.contents().values()))
    Marks(shown.library).mark("a wall", [content], "accept")
    Marks(shown.library).mark("a cat", [content], "reject")
    Marks(shown.library).mark("a boat", ["of a photo that left"], "accept")
    Marks(shown.library).mark("a boat", ["of a photo that left"], "reject")
    Marks(shown.library).mark("-cat", [content], "accept")  # nothing that a photo shows
    Marks(shown.library).mark("a wall -cat", [content], "reject")  # may show all that was meant
    Marks(shown.library).mark("year:2020", [content], "reject")
    offered = client.get("/api/train/choices").json()
    assert offered["library"] == {
        "photos": 6, "rows": 6, "rows_with_machine": 6, "captions": 6, "keywords": 0,
        "right": 1, "wrong": 1, "least": 40,
    }  # fmt: skip
    assert [one["name"] for one in offered["recipes"]] == recipes()
    mini = next(one for one in offered["recipes"] if one["name"] == "mini")
    assert (mini["here"], mini["minutes"], mini["needs"]) == (True, 12, "two cores, 2 GB")
    assert (offered["model"], offered["recipe"]) == ("mini", "mini")


def test_adapters_are_listed_put_to_use_and_rolled_back(
    client: TestClient, shown: Page, tmp_path: Path
) -> None:
    state = client.get("/api/adapters").json()
    assert [(one["name"], one["in_use"], one["searched"]) for one in state["adapters"]] == [
        ("packaged", True, True)
    ]
    assert (state["back"], state["left"]) == (None, None)
    Adapters(shown.library).keep(write_adapter(tmp_path / "a"), "holiday", "mini", "refused")
    state = client.post("/api/adapters/use", json={"name": "holiday"}).json()
    assert state["change"] == {"model": "mini", "before": "packaged", "after": "holiday"}
    assert state["left"] == {"model": "mini", "adapter": "holiday", "photos": 6}
    assert state["back"] == {"model": "mini", "before": "holiday", "after": "packaged"}
    assert {one["name"]: one["in_use"] for one in state["adapters"]} == {
        "packaged": False, "holiday": True,
    }  # fmt: skip
    state = client.post("/api/adapters/rollback").json()
    assert (state["change"]["after"], state["left"], state["back"]) == ("packaged", None, None)
    assert client.post("/api/adapters/rollback").status_code == 400
    client.post("/api/adapters/use", json={"name": "holiday"})
    state = client.post("/api/adapters/use", json={"name": "packaged", "model": "mini"}).json()
    assert state["change"]["after"] == "packaged"


def test_an_adapter_is_deleted_where_nothing_needs_it(
    client: TestClient, shown: Page, tmp_path: Path
) -> None:
    kept = Adapters(shown.library).keep(write_adapter(tmp_path / "a"), "holiday", "mini")
    client.post("/api/adapters/use", json={"name": "holiday"})
    reply = client.post("/api/adapters/delete", json={"name": "holiday"})
    assert (reply.status_code, "in use" in reply.json()["message"]) == (400, True)
    assert kept.folder.is_dir()
    client.post("/api/adapters/rollback")
    state = client.post("/api/adapters/delete", json={"name": "holiday"}).json()
    assert [one["name"] for one in state["adapters"]] == ["packaged"]
    assert not kept.folder.exists()
    for name in ("holiday", "packaged", "../library", ""):
        assert client.post("/api/adapters/delete", json={"name": name}).status_code == 400


def test_an_unknown_adapter_gets_its_nearest(
    client: TestClient, shown: Page, tmp_path: Path
) -> None:
    Adapters(shown.library).keep(write_adapter(tmp_path / "a"), "holiday", "mini")
    reply = client.post("/api/adapters/use", json={"name": "holidy"})
    assert (reply.status_code, "holiday" in reply.json()["hint"]) == (400, True)
    for name in ("../adapters/holiday", "packaged", ""):
        assert client.post("/api/adapters/use", json={"name": name}).status_code == 400
