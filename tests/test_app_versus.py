"""Both encoders of the demo on one query: whose hits are right, as the drawn facts have it."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from app_colours import COLOURS, ColourEncoder, load_colours
from app_fakes import Page, index, page
from PIL import Image
from starlette.testclient import TestClient

import vladva.toyland.planted
from vladva.app import beside
from vladva.app.drawn_truth import DrawnTruth, facts_of
from vladva.indexes.library import Library
from vladva.indexes.query.parse import parse
from vladva.protocols import Encoder
from vladva.toyland.planted import Demo, plan

WORLD = plan(0, 24, 2)
TURNED = (
    "a dog or a cat",
    "only a red car",
    "either a dog and a cat",
    "a dog, not a cat",
    "a dog but no cat",
    "a dog that isn't red",
)


class Blind(ColourEncoder):
    """Knows words, but takes them all for grey."""

    def encode_texts(self, texts: object) -> object:  # type: ignore[override]
        return super().encode_texts(["grey" for _ in texts])  # type: ignore[attr-defined]


def load_both(name: str, **options: object) -> Encoder:
    if name == beside.BASELINE:
        return Blind(name, "blind-1")  # type: ignore[return-value]
    return load_colours(name, **options)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A demo library of 24 scenes, whose pictures are plain: the facts are in the plan alone."""
    monkeypatch.setattr(beside, "is_here", lambda: True)
    monkeypatch.setattr(vladva.toyland.planted, "plan", planned)
    folder = tmp_path / "library-drawn"
    folder.mkdir()
    colours = list(COLOURS.values())
    for number in range(len(WORLD.scenes)):
        picture = Image.new("RGB", (96, 64), colours[number % 6])
        picture.putpixel((0, 0), (number, 0, 0))
        picture.save(folder / f"scene_{number:05}.jpg")
    with Library.open(tmp_path / "library", create=True) as opened:
        index(opened, folder)
        opened.set(beside.DRAWN, [version("vladva"), 0, 24])
        yield opened


def planned(seed: int, total: int) -> Demo:
    assert (seed, total) == (0, 24)
    return WORLD


def drawn(library: Library, number: int) -> str:
    folder = library.folder.with_name("library-drawn").resolve()
    return str(folder / f"scene_{number:05}.jpg")


def test_every_query_of_the_demo_is_judged_as_the_demo_judges_it(library: Library) -> None:
    truth = DrawnTruth(library)
    for query in WORLD.queries:
        judge = truth.judge(parse(query.text))
        assert judge is not None
        right = {number for number in range(24) if judge(drawn(library, number))}
        assert right == set(vladva.toyland.planted.true_scenes(query, WORLD.scenes))
        assert right


def test_what_is_forbidden_must_not_be_there(library: Library) -> None:
    truth = DrawnTruth(library)
    with_dog, without_car = truth.judge(parse("a dog")), truth.judge(parse("a dog -car"))
    assert with_dog is not None
    assert without_car is not None
    dogs = {number for number in range(24) if with_dog(drawn(library, number))}
    alone = {number for number in range(24) if without_car(drawn(library, number))}
    cars = {n for n in range(24) if "car" in {thing.kind for thing in WORLD.scenes[n].things}}
    assert alone
    assert len(dogs) < 24
    assert alone == dogs - cars


@pytest.mark.parametrize(
    "text", ["a zebra", "a zebra and a red car", "red", "holidays", "", *TURNED]
)
def test_words_from_elsewhere_are_not_judged(text: str) -> None:
    assert facts_of(text) is None


def test_an_article_may_be_left_out() -> None:
    assert facts_of("a red car")
    assert facts_of("red car") == facts_of("a red car")


def test_all_queries_of_a_whole_demo_can_be_read() -> None:
    assert all(facts_of(query.text) for query in plan(0, 1200).queries)


def test_a_picture_that_was_not_drawn_for_the_demo_is_neither_right_nor_wrong(
    library: Library, tmp_path: Path
) -> None:
    judge = DrawnTruth(library).judge(parse(WORLD.queries[0].text))
    assert judge is not None
    assert judge(str(tmp_path / "scene_00000.jpg")) is None
    assert judge(drawn(library, 24)) is None
    assert judge(drawn(library, 0).replace("scene_", "photo_")) is None


def test_pictures_that_another_version_drew_are_not_judged(library: Library) -> None:
    library.set(beside.DRAWN, ["0.0.0", 0, 24])
    assert DrawnTruth(library).judge(parse("a dog")) is None


@pytest.fixture
def shown(library: Library) -> Iterator[Page]:
    folder = library.folder.with_name("library-drawn")
    for _event in beside.index_beside(library, folder, load_both(beside.BASELINE)):
        continue
    with page(library.folder, load_both) as made:
        yield made


def test_both_answer_the_same_words_and_each_hit_says_whether_it_is_right(shown: Page) -> None:
    client = TestClient(shown.app, base_url="http://127.0.0.1")
    query = WORLD.queries[0]
    answer = client.get("/api/versus", params={"q": query.text, "limit": 24}).json()
    assert answer["judged"]
    assert [side["model"] for side in answer["sides"]] == ["clip-mini", "mini"]
    true = set(vladva.toyland.planted.true_scenes(query, WORLD.scenes))
    assert answer["there"] == len(true)
    for side in answer["sides"]:
        found = {int(Path(hit["path"]).stem[6:]): hit["right"] for hit in side["results"]}
        assert {number for number, right in found.items() if right} == true & found.keys()
        assert (side["right"], side["judged"]) == (len(true & found.keys()), len(found))
        assert client.get(f"/api/thumb/{side['results'][0]['id']}").status_code == 200
    red = client.get("/api/versus", params={"q": "red"}).json()
    assert not red["judged"]
    assert {hit["right"] for side in red["sides"] for hit in side["results"]} == {None}
    assert [side["right"] for side in red["sides"]] == [None, None]
    firsts = [[hit["id"] for hit in side["results"]] for side in red["sides"]]
    assert firsts[0] != firsts[1]


def test_without_the_baseline_the_page_says_why_and_what_to_do(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert beside.offer(library) == {
        "name": "clip-mini",
        "message": "clip-mini has not seen all pictures of this demo yet.",
        "hint": "Library shows how far it is; if it was stopped, “Look for changes” there goes on.",
    }
    monkeypatch.setattr(beside, "is_here", lambda: False)
    with page(library.folder, load_both) as made:
        client = TestClient(made.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
        told = client.get("/api/status").json()["switch"]
        assert "not packaged in this build" in told["message"]
        assert "make mini" in told["hint"]
        refused = client.get("/api/versus", params={"q": "a dog"})
        assert refused.status_code == 400
        assert "cannot be asked through clip-mini" in refused.json()["message"]
        made.library.set(beside.DRAWN, None)
        assert client.get("/api/status").json()["switch"] is None
