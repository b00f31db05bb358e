"""What the summary token looks at, against what the family's own class says of itself."""

from typing import Any

import numpy as np
import pytest
import tiny
import torch
from test_vladva_analysis import IMAGE_TURNS
from transformers import (
    AutoTokenizer,
    CLIPImageProcessorPil,
    LlavaForConditionalGeneration,
    Qwen2VLForConditionalGeneration,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from vladva import adapters
from vladva.attention import attention
from vladva.encoders import load_encoder
from vladva.errors import Unsupported


def loaded(kind: str) -> Any:
    return load_encoder(str(tiny.checkpoint(kind)), device="cpu")


def plain_attention(kind: str, picture: Any) -> Any:
    """[layers, heads, image tokens] of the last position: eager from the start, all weights out."""
    folder = tiny.checkpoint(kind)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    qwen = kind == "qwen2_vl"
    whole: Any = Qwen2VLForConditionalGeneration if qwen else LlavaForConditionalGeneration
    model = whole.from_pretrained(folder, attn_implementation="eager").eval()
    processor: Any = Qwen2VLImageProcessorPil if qwen else CLIPImageProcessorPil
    given = dict(processor.from_pretrained(folder)(picture, return_tensors="pt"))
    many = int(given["image_grid_thw"].prod()) // 4 if qwen else 4
    token = "<|image_pad|>" if qwen else "<image>"
    ids = tokenizer(IMAGE_TURNS[kind].replace(token, token * many), return_tensors="pt").input_ids
    shown = ids[0] == (6 if qwen else 3)
    if qwen:
        given["mm_token_type_ids"] = shown[None].int()
    with torch.no_grad():
        layers = model(input_ids=ids, output_attentions=True, **given).attentions
    return torch.stack([layer[0, :, -1][:, shown] for layer in layers]).numpy()


@pytest.mark.parametrize("kind", ["llava", "qwen2_vl"])
def test_attention_equals_the_plain_recipe(kind: str) -> None:
    encoder = loaded(kind)
    for picture in tiny.PICTURES[1:3]:
        found = attention(encoder.model, encoder.prepare(picture))
        plain = plain_attention(kind, picture)
        assert found.weights.shape == plain.shape
        assert np.abs(found.weights - plain).max() <= 1e-5
        assert found.on_picture == pytest.approx(plain.sum(-1), abs=1e-5)


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_the_model_attends_as_before_and_gives_the_same_vectors_afterwards(kind: str) -> None:
    encoder = loaded(kind)
    picture = encoder.prepare(tiny.PICTURES[0])
    before = encoder.encode([picture])
    first, second = (attention(encoder.model, picture) for _ in range(2))
    assert np.abs(first.weights - second.weights).max() <= 1e-6
    assert encoder.model.language_model.config._attn_implementation == "sdpa"
    assert np.abs(encoder.encode([picture]) - before).max() <= 1e-6
    assert (first.weights >= 0).all()
    assert (first.on_picture > 0).all()
    assert (first.on_picture < 1).all()


def test_the_model_attends_as_before_after_a_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = loaded("mini")
    picture = encoder.prepare(tiny.PICTURES[0])

    def fail(*_args: Any, **_options: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(encoder.model, "run", fail)
    with pytest.raises(ZeroDivisionError):
        attention(encoder.model, picture)
    language = encoder.model.language_model
    assert language.config._attn_implementation == "sdpa"
    assert not any(layer.self_attn._forward_hooks for layer in language.layers)


@pytest.mark.parametrize(
    ("kind", "grid", "tokens"),
    [("mini", (2, 2), 4), ("llava_next", (2, 2), 18), ("qwen2_vl", (2, 7), 14),
     ("qwen2_5_vl", (2, 7), 14), ("qwen3_vl", (2, 7), 14)],
)  # fmt: skip
def test_the_first_image_tokens_are_the_whole_picture_row_by_row(
    kind: str, grid: tuple[int, int], tokens: int
) -> None:
    encoder = loaded(kind)
    found = attention(encoder.model, encoder.prepare(tiny.PICTURES[2]))  # 200 wide, 60 high
    assert found.grid == grid
    assert found.weights.shape == (2, 4, tokens)
    assert found.maps.shape == (2, 4, *grid)
    assert np.array_equal(found.maps[1, 2, 1], found.weights[1, 2, grid[1] : 2 * grid[1]])


def test_soft_prompts_of_another_length_and_lora_count_only_while_they_are_on() -> None:
    encoder = loaded("llava")
    picture = encoder.prepare(tiny.PICTURES[0])
    base = attention(encoder.model, picture).weights
    adapter = adapters.create(encoder.model, adapters.AdapterShape(rank=2, alpha=4))
    torch.manual_seed(0)
    for name, weight in adapter.weights().items():
        weight.data = torch.randn(3, 32) if "prompt" in name else torch.randn_like(weight)
    tuned = attention(encoder.model, picture)
    assert tuned.weights.shape == base.shape
    assert np.abs(tuned.weights - base).max() > 1e-3
    with adapter.off():
        assert np.abs(attention(encoder.model, picture).weights - base).max() <= 1e-6


def test_a_language_model_that_is_wrapped_is_refused_in_words() -> None:
    encoder = loaded("mini")
    picture = encoder.prepare(tiny.PICTURES[0])
    encoder.model.language_model = torch.nn.Sequential(encoder.model.language_model)
    with pytest.raises(Unsupported, match="does not say how it attends"):
        attention(encoder.model, picture)
