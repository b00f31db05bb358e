"""A session decides who looks again at the hits, at how many, and what a page of them is then."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from app_colours import ColourEncoder, paint
from app_fakes import index
from numpy.typing import NDArray

from vladva import adapters
from vladva.app.session import Session
from vladva.app.verifiers import Verifiers
from vladva.app.wish import Wish
from vladva.encoders import load_encoder
from vladva.errors import Unsupported
from vladva.indexes.library import Library
from vladva.protocols import Encoder, Prepared, Style

PUBLIC = "llava-1.5-7b"
"""A preset that others have trained to answer."""


class Seer(ColourEncoder):
    """Sees colours, and answers whether a picture is red; walls of any colour are there."""

    def generator(self) -> "Seer":
        return self

    def caption(self, pictures: Sequence[Prepared], style: Style) -> list[str]:
        raise NotImplementedError

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float32]:
        red = float(self.encode([picture])[0] @ self.encode_texts(["red"])[0]) > 0.9
        asked = ["red" in question and "wall" not in question for question in questions]
        return np.array([red if one else True for one in asked], np.float32)

    def p_yes_many(
        self, pictures: Sequence[Prepared], questions: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float32]]:
        return [self.p_yes(*both) for both in zip(pictures, questions, strict=True)]


Opened = Callable[[str], Session]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """A session over a library that was indexed with an encoder of the given name."""
    libraries: list[Library] = []

    def session(name: str) -> Session:
        def load(model: str, **_options: object) -> Encoder:
            return Seer(model, f"seer-{model}")

        library = Library.open(tmp_path / "library", create=True)
        libraries.append(library)
        index(library, paint(tmp_path / "photos"), encoder=load(name))
        return Session(library, load)

    yield session
    for library in libraries:
        library.close()


def stems(answer: dict[str, object], part: str = "results") -> list[str]:
    return [Path(hit["path"]).stem for hit in answer[part]]  # type: ignore[attr-defined]


def test_a_public_model_looks_unbidden_and_says_why(opened: Opened) -> None:
    answer = opened(PUBLIC).find(Wish("a wall, no red"))
    assert "red" not in stems(answer)
    assert stems(answer, "almost") == ["red"]
    assert [one["verdict"] for one in answer["almost"][0]["why"]] == ["yes", "no"]
    assert answer["took_ms"]["verify"] > 0


def test_a_model_of_ours_that_was_not_measured_is_not_asked(opened: Opened) -> None:
    session = opened("mini")
    answer = session.find(Wish("a wall, no red"))
    assert "red" in stems(answer)
    assert all(hit["why"] == [] for hit in answer["results"])
    with pytest.raises(Unsupported, match="mini cannot be trusted"):
        session.find(Wish("a wall, no red", verify=3))
    named = session.find(Wish("a wall, no red", verifier="mini"))
    assert "red" not in stems(named)


def test_nobody_looks_where_told_not_to_and_on_later_pages(opened: Opened) -> None:
    session = opened(PUBLIC)
    assert "red" in stems(session.find(Wish("a wall, no red", verify=0)))
    later = session.find(Wish("a wall, no red", offset=1))
    assert all(hit["why"] == [] for hit in later["results"])


def test_only_an_answer_without_a_next_page_fills_up_what_failed(opened: Opened) -> None:
    session = opened(PUBLIC)
    first = stems(session.find(Wish("red", verify=0)))[0]
    assert first == "red"
    paged = session.find(Wish("a red wall, no red thing", limit=1, everything=True))
    whole = session.find(Wish("a red wall, no red thing", limit=1, everything=True, whole=True))
    assert len(whole["results"]) == 1
    assert stems(whole) != ["red"]
    assert len(paged["results"]) + len(paged["almost"]) == 1
    assert paged["total"] == whole["total"] == 6


def test_a_model_that_only_embeds_is_refused_before_it_is_loaded(opened: Opened) -> None:
    with pytest.raises(Unsupported, match="only embeds"):
        opened(PUBLIC).find(Wish("a wall", verifier="siglip2-base"))


def test_what_was_answered_is_kept_for_a_model_whatever_its_adapter(tmp_path: Path) -> None:
    folder = str(tiny.checkpoint("mini"))
    bare: Any = load_encoder(folder, device="cpu", adapter=None)
    adapter = adapters.create(bare.model, adapters.AdapterShape(rank=2, alpha=4))
    adapters.save(adapter, tmp_path / "adapter", {"base": bare.base})
    tuned = load_encoder(folder, device="cpu", adapter=tmp_path / "adapter")
    assert tuned.fingerprint != bare.fingerprint
    asked = Verifiers(load_encoder)
    names = {asked.named(encoder.name, encoder).fingerprint for encoder in (bare, tuned)}
    assert names == {bare.fingerprint}
