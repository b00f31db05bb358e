"""`vladva inspect`: both looks, of pictures and of texts, its refusals, what it writes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from PIL import Image
from tuned import tuned_mini

import vladva.encoders
from vladva.analysis import NextToken, bare, next_logits
from vladva.app import figures_inspect
from vladva.app.__main__ import run
from vladva.app.inspecting import Inspection, Look, as_seen, inspect, picture_named
from vladva.attention import Attention, attention
from vladva.encoders import load_encoder
from vladva.errors import ImageError


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tuned_mini(tmp_path_factory.mktemp("tuned") / "base")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "picture.png"
    tiny.PICTURES[0].save(file)
    return file


def told(capsys: pytest.CaptureFixture[str], *args: str) -> Any:
    assert run(["inspect", *args, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_picture_is_looked_at_before_and_after_tuning(
    tuned: Path, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, str(picture), "--model", str(tuned), "--top", "3")
    encoder: Any = load_encoder(str(tuned), device="cpu")
    prepared = encoder.prepare(tiny.PICTURES[0])
    after = next_logits(encoder.model, "image", prepared).softmax(-1).topk(3).values
    with bare(encoder.model):
        before = next_logits(encoder.model, "image", prepared).softmax(-1).topk(3).values
        looked = attention(encoder.model, prepared)
    assert (found["kind"], found["adapter"]) == ("image", "packaged")
    assert found["input"] == str(picture)
    for look, wanted in (("before", before), ("after", after)):
        tokens = found[look]["top_tokens"]
        assert [token["p"] for token in tokens] == pytest.approx(wanted.tolist(), abs=1e-5)
        nats = found[look]["entropy_nats"]
        assert found[look]["entropy_bits"] == pytest.approx(nats / np.log(2))
        assert set(found[look]["captions"]) == {"short", "long"}
    assert found["before"]["attention"]["grid"] == [2, 2]
    last = found["before"]["attention"]["layers"][-1]
    shares = [head["on_picture"] for head in last["heads"]]
    assert shares == pytest.approx(looked.on_picture[-1].tolist(), abs=1e-5)
    assert last["mean"]["on_picture"] == pytest.approx(np.mean(shares), abs=1e-5)
    assert found["after"]["attention"] != found["before"]["attention"]


def test_the_captions_are_those_of_the_base_and_of_the_tuned_model(
    tuned: Path, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, str(picture), "--model", str(tuned))
    encoder: Any = load_encoder(str(tuned), device="cpu")
    prepared = encoder.prepare(tiny.PICTURES[0])
    for look, adapter in (("before", False), ("after", True)):
        (wanted,) = encoder.generator(adapter=adapter).caption([prepared], "long")
        assert found[look]["captions"]["long"] == wanted


def test_a_text_has_tokens_only(tuned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "a dog and a cat", "--model", str(tuned))
    assert (found["kind"], found["input"]) == ("text", "a dog and a cat")
    assert found["after"]["top_tokens"] != found["before"]["top_tokens"]
    assert found["before"]["attention"] is None
    assert found["before"]["captions"] is None


def test_without_an_adapter_there_is_no_after(
    tuned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_one = told(capsys, "a dog", "--model", str(tuned))
    without = told(capsys, "a dog", "--model", str(tuned), "--adapter", "none")
    assert without["after"] is None
    assert without["adapter"] == "none"
    assert without["before"] == with_one["before"]


def test_out_has_the_numbers_with_every_map_and_each_figure_twice(
    tuned: Path, picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    found = told(capsys, str(picture), "--model", str(tuned), "--out", str(out), "--layer", "1")
    figures = ("figure-4-tokens", "figure-6-attention", "figure-7-captions")
    names = ["inspect.json", *(f"{name}.{kind}" for name in figures for kind in ("png", "svg"))]
    assert found["files"] == [str(out / name) for name in names]
    assert "looks: layer 1" in (out / "figure-6-attention.svg").read_text()
    written = json.loads((out / "inspect.json").read_text())
    head = written["after"]["attention"]["layers"][1]["heads"][3]
    assert np.shape(head["map"]) == (2, 2)
    assert np.sum(head["map"]) == pytest.approx(head["on_picture"], abs=1e-4)


def test_the_terminal_sees_both_looks_side_by_side(
    tuned: Path, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["inspect", str(picture), "--model", str(tuned)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (entropy,) = (line for line in lines if line.startswith("entropy"))
    assert entropy.count(" nats, ") == 2
    assert sum(line.startswith("next token") for line in lines) == 10
    assert "attention of layer 2, mean of its heads" in lines
    assert any(line.startswith("long, after tuning: ") for line in lines)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["gone.jpg", "--model", "mini"], 1, "there is no file gone.jpg"),
        (["a dog", "--model", "siglip2-base"], 1, "siglip2-base has two towers"),
        (["a dog", "--model", "mini", "--top", "0"], 2, "--top"),
    ],
)
def test_what_cannot_be_looked_into_is_said_before_a_model_is_loaded(
    args: list[str],
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(*_args: object, **_options: object) -> None:
        raise AssertionError

    monkeypatch.setattr(vladva.encoders, "load_encoder", load)
    assert run(["inspect", *args]) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"), [("picture", "has 2 layers"), ("a dog", "of a picture")]
)
def test_a_layer_that_is_not_there_is_a_wrong_option(
    given: str, said: str, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = str(picture) if given == "picture" else given
    args = ["inspect", asked, "--model", str(tiny.checkpoint("mini")), "--layer", "3"]
    assert run(args) == 2
    assert said in capsys.readouterr().err


def test_a_name_of_one_word_that_ends_like_a_picture_means_a_file(picture: Path) -> None:
    assert picture_named(str(picture)) == picture
    assert picture_named("what is in photo.jpg") is None
    assert picture_named("dog " * 5000) is None
    assert picture_named("a\0b") is None
    with pytest.raises(ImageError, match="no file"):
        picture_named("photo.JPG")


def test_an_embedder_without_words_still_shows_where_it_looks(picture: Path) -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint("qwen3_vl")), device="cpu")
    encoder.model.backbone.head = None
    found = inspect(encoder, "it", "packaged", str(picture), 5)
    assert (found.before.entropy, found.before.tokens, found.before.captions) == (None, [], {})
    assert found.before.attention is not None
    assert found.before.attention.weights.shape[:2] == (2, 4)


def test_what_is_cropped_off_is_not_shown_as_seen() -> None:
    wide: Any = load_encoder(str(tiny.checkpoint("llava")), device="cpu").prepare
    whole: Any = load_encoder(str(tiny.checkpoint("qwen2_vl")), device="cpu").prepare
    image = Image.new("RGB", (300, 100), "red")
    image.paste("blue", (100, 0, 200, 100))
    seen = as_seen(wide, image)
    assert seen.size == (100, 100)
    assert seen.getcolors() == [(100 * 100, (0, 0, 255))]
    assert as_seen(whole, image).size == (300, 100)


def test_wide_words_and_long_tokens_leave_the_figures_their_room(tmp_path: Path) -> None:
    wide = {"short": "W" * 400, "long": "WWWW " * 300}
    weights = np.full((1, 2, 4), 0.1, np.float32)
    look = Look(2.0, [NextToken("W" * 300, 0.1)] * 3, Attention(weights, (2, 2)), wide)
    found = Inspection("p", "image", tiny.picture(9, 9), "m", "a", "What?", 9, look, look)
    assert len(figures_inspect.draw(found, tmp_path, 0)) == 6  # a squeezed one is a warning


def test_every_head_of_a_large_model_has_its_map_and_any_token_can_be_drawn(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weights = rng.random((2, 32, 24), dtype=np.float32) / 24
    tokens = [NextToken(text, 0.1) for text in ("$x_1$", "\n", " ", "", "雪", "\x1b[2J", "�")]
    look = Look(2.0, tokens, Attention(weights, (4, 6)), {"short": "", "long": "word " * 90})
    picture = tiny.picture(120, 80)
    found = Inspection("/a/$b_c$.png", "image", picture, "m", "a", "What?", 9, look, look)
    names = [file.name for file in figures_inspect.draw(found, tmp_path, 1)]
    assert len(names) == 6
    drawn = (tmp_path / "figure-6-attention.svg").read_text()
    assert drawn.count(">head 32<") == 2
    words = (tmp_path / "figure-4-tokens.svg").read_text()
    assert all(f">{token}<" in words for token in ("$x_1$", "\\n", "␣", "(empty)", "\\x1b[2J"))
