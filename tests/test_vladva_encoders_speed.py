"""What makes embedding fast, family by family: no logits, one attention, pictures of like size."""

from collections.abc import Sequence
from typing import Any

import pytest
import tiny

from vladva.encoders import load_encoder
from vladva.encoders.qwen_vl import MAX_PIXELS
from vladva.protocols import Prepared


def encoder_of(kind: str, batch_size: int | None = None) -> Any:
    return load_encoder(str(tiny.checkpoint(kind)), device="cpu", batch_size=batch_size)


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_no_embedding_asks_for_logits(kind: str) -> None:
    encoder = encoder_of(kind)
    asked: list[str] = []
    encoder.model.backbone.head.register_forward_pre_hook(lambda *_: asked.append("head"))
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES]
    encoder.encode(pictures)
    encoder.encode_texts(tiny.TEXTS)
    encoder.encode_joint([(pictures[0], "at night")])
    assert asked == []
    encoder.generator().caption(pictures[:1], "short")  # the hook would have told
    assert asked


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_an_embedding_keeps_neither_a_cache_nor_the_states_of_all_layers(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = encoder_of(kind)
    forward, said = encoder.model.language_model.forward, []

    def spied(**options: Any) -> Any:
        found = forward(**options)
        said.append(found)
        return found

    monkeypatch.setattr(encoder.model.language_model, "forward", spied)
    encoder.encode([encoder.prepare(tiny.PICTURES[0])])
    assert [one.past_key_values for one in said] == [None]
    assert [one.hidden_states for one in said] == [None]


@pytest.mark.parametrize("kind", [*tiny.LVLMS, "clip", "siglip", "siglip2"])
def test_every_tower_attends_by_the_fused_kernel(kind: str) -> None:
    encoder = encoder_of(kind)
    whole = encoder.model.backbone.base if kind in tiny.LVLMS else encoder.model
    ways = {
        module.config._attn_implementation
        for module in whole.modules()
        if hasattr(module, "config") and hasattr(module.config, "_attn_implementation")
    }
    assert ways == {"sdpa"}


@pytest.mark.parametrize("kind", ["qwen2_vl", "qwen2_5_vl", "qwen3_vl"])
def test_pictures_of_like_size_go_together(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = encoder_of(kind, 4)
    look, shown = encoder.model.look, []

    def spied(pictures: Sequence[Prepared]) -> Any:
        shown.append({picture["pixel_values"].shape for picture in pictures})
        return look(pictures)

    monkeypatch.setattr(encoder.model, "look", spied)
    small, large = tiny.picture(28, 28), tiny.picture(140, 112)
    encoder.encode([encoder.prepare(one) for one in (small, large) * 4])
    assert all(len(shapes) == 1 for shapes in shown)


@pytest.mark.parametrize("kind", tiny.KINDS)
def test_however_large_a_picture_is_its_pixels_are_bounded(kind: str) -> None:
    prepare = encoder_of(kind).prepare
    sizes = [prepare(tiny.picture(*size))["pixel_values"].size
             for size in ((800, 600), (2400, 1800))]  # fmt: skip
    assert sizes[0] == sizes[1]
    assert sizes[1] <= 2 * 3 * MAX_PIXELS
