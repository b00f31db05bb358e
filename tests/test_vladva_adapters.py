"""Adapters: start as the base, learn, go on every part, and go off without a trace."""

from pathlib import Path

import pytest
import tiny
import torch
from adapter_models import ALL, TEXTS, base, disturbed, vectors

from vladva.adapters import Adapter, AdapterShape, attach, create, detach, save
from vladva.encoders import load_encoder
from vladva.model import PARTS, VladVA


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_a_fresh_adapter_changes_nothing_and_sits_on_every_linear_layer(kind: str) -> None:
    model = base(kind)
    before = vectors(model)
    linear = [m for m in model.language_model.modules() if isinstance(m, torch.nn.Linear)]
    adapter = create(model, AdapterShape(rank=4, alpha=4))
    assert torch.equal(vectors(model), before)
    assert len(list(adapter.lora_layers())) == len(linear)
    trained = {id(p) for p in (*adapter.prompts().values(), *adapter.lora().values())}
    asking = {id(p) for p in model.language_model.parameters() if p.requires_grad}
    assert asking == trained - {id(p) for p in adapter.prompts().values()}


def test_a_layer_of_fewer_bits_gets_lora_and_another_kind_of_linear_layer_none() -> None:
    model = base()
    layers = [m for m in model.language_model.modules() if isinstance(m, torch.nn.Linear)]
    other = type("Other", (torch.nn.Linear,), {})
    fewer = type("Linear8bitLt", (torch.nn.Linear,), {"__module__": "bitsandbytes.nn.modules"})
    layers[0].__class__, layers[1].__class__ = fewer, other
    adapter = create(model, AdapterShape(rank=4))
    wrapped = [layer.get_base_layer() for layer in adapter.lora_layers()]
    assert len(wrapped) == len(layers) - 1
    assert layers[0] in wrapped


def test_soft_prompts_stand_where_the_written_prompt_stood() -> None:
    model = base()
    before = vectors(model)
    adapter = create(model, AdapterShape(rank=0))
    assert adapter.lora() == {}
    assert adapter.text_prompt is not None
    assert torch.equal(adapter.text_prompt, model.prompt_embeddings("text").float())
    with torch.no_grad():
        adapter.text_prompt.add_(1.0)
    assert not torch.allclose(vectors(model), before, atol=1e-3)


def test_off_gives_the_base_model_back_exactly() -> None:
    model = base()
    picture = model.backbone.look  # the tower is not the adapter's business
    rows = [model.writer.turn(picture=False, text=text) for text in TEXTS]
    with torch.inference_mode():
        before = model.run(model.embed(rows, None, None)).last_hidden_state
        adapter = disturbed(model)
        tuned = model.run(model.embed(rows, None, None)).last_hidden_state
        with adapter.off():
            off = model.run(model.embed(rows, None, None)).last_hidden_state
        again = model.run(model.embed(rows, None, None)).last_hidden_state
    assert torch.equal(off, before)
    assert not torch.allclose(tuned, before, atol=1e-3)
    assert torch.equal(again, tuned)
    assert model.backbone.look == picture


def whole_pass(kind: str, model: VladVA) -> torch.Tensor:
    encoder = load_encoder(str(tiny.checkpoint(kind)), adapter=None)
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES[:2]]
    with torch.inference_mode():
        side = model.image_side(pictures, captions=model.caption_ids(TEXTS))
        return torch.cat([model.logits(side.caption_states).flatten(), side.summary.flatten()])


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_with_lora_on_the_towers_too_off_gives_the_base_back_exactly(kind: str) -> None:
    model = base(kind)
    before = whole_pass(kind, model)
    adapter = disturbed(model, ALL)
    tuned = whole_pass(kind, model)
    with adapter.off(), adapter.off():
        off = whole_pass(kind, model)
    assert torch.equal(off, before)
    assert not torch.allclose(tuned, before, atol=1e-3)
    assert torch.equal(whole_pass(kind, model), tuned)
    detach(model)
    assert torch.equal(whole_pass(kind, model), before)


@pytest.mark.parametrize("kind", tiny.LVLMS)
@pytest.mark.parametrize("part", ["vision", "projector"])
def test_a_part_gets_lora_on_its_own_linear_layers_and_no_others(kind: str, part: str) -> None:
    model = base(kind)
    modules = model.backbone.part(part)  # type: ignore[arg-type]
    linear = {
        id(layer) for m in modules for layer in m.modules() if isinstance(layer, torch.nn.Linear)
    }
    plain = list(create(base(kind), AdapterShape(rank=2)).lora_layers())
    adapter = create(model, AdapterShape(rank=2, **{part: True}))
    layers = list(adapter.lora_layers())
    assert linear
    assert len(layers) == len(plain) + len(linear)
    assert linear <= {id(layer.get_base_layer()) for layer in layers}
    assert len(adapter.lora()) == 2 * len(layers)


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_the_parts_are_disjoint_and_leave_out_no_linear_layer_of_the_seeing_half(kind: str) -> None:
    model = base(kind)
    spoken = {id(module) for module in model.language_model.modules()}
    seeing = [m for m in model.backbone.base.modules() if id(m) not in spoken]
    parts = [m for name in PARTS for part in model.backbone.part(name) for m in part.modules()]
    linear = [id(module) for module in parts if isinstance(module, torch.nn.Linear)]
    assert sorted(linear) == sorted(id(m) for m in seeing if isinstance(m, torch.nn.Linear))


def test_a_tower_that_has_lora_learns_from_pictures() -> None:
    model = base()
    adapter = disturbed(model, ALL)
    encoder = load_encoder(str(tiny.checkpoint("mini")), adapter=None)
    model.image_side([encoder.prepare(tiny.PICTURES[0])]).summary.sum().backward()
    vision = {n: p for n, p in adapter.lora().items() if n.startswith("vision.")}
    assert any(value.grad is not None and value.grad.any() for value in vision.values())


def test_an_adapter_of_all_parts_survives_a_round_trip(tmp_path: Path) -> None:
    model = base("qwen3_vl")
    save(disturbed(model, ALL), tmp_path / "a", {})
    fresh = base("qwen3_vl")
    attach(fresh, tmp_path / "a")
    assert torch.equal(whole_pass("qwen3_vl", fresh), whole_pass("qwen3_vl", model))


def test_going_off_and_on_leaves_what_learns_as_it_was(tmp_path: Path) -> None:
    model = base()
    adapter = disturbed(model)
    save(adapter, tmp_path / "a", {})
    with adapter.off():
        assert adapter.image_prompt is None
        assert not any(value.requires_grad for value in adapter.lora().values())
    assert all(value.requires_grad for value in adapter.weights().values())
    attach(model, tmp_path / "a")
    attached = model.adapter
    assert isinstance(attached, Adapter)
    with attached.off():
        pass
    assert not any(value.requires_grad for value in attached.weights().values())


def test_lora_stays_float32_over_a_half_precision_base_and_learns(tmp_path: Path) -> None:
    model = base()
    model.backbone.base.to(torch.bfloat16)
    adapter = create(model, AdapterShape(rank=4, alpha=4))
    states = model.text_side(TEXTS)
    states.float().sum().backward()
    assert states.dtype == torch.bfloat16
    assert {value.dtype for value in adapter.weights().values()} == {torch.float32}
    assert all(
        v.grad is not None and v.grad.dtype == torch.float32 for v in adapter.lora().values()
    )
    save(adapter, tmp_path / "a", {})
    attach(model, tmp_path / "a")
    assert isinstance(model.adapter, Adapter)
    assert {value.dtype for value in model.adapter.weights().values()} == {torch.float32}


def test_a_second_adapter_takes_the_place_of_the_first(tmp_path: Path) -> None:
    model = base()
    before = vectors(model)
    save(disturbed(model), tmp_path / "first", {})
    tuned = vectors(model)
    create(model, AdapterShape(rank=2, alpha=2))
    assert torch.equal(vectors(model), before)
    attach(model, tmp_path / "first")
    assert torch.equal(vectors(model), tuned)


def test_the_base_is_the_same_whatever_the_adapter(tmp_path: Path) -> None:
    save(disturbed(base()), tmp_path, {})
    bare = load_encoder(str(tiny.checkpoint("mini")), adapter=None)
    tuned = load_encoder(str(tiny.checkpoint("mini")), adapter=tmp_path)
    other = load_encoder(str(tiny.checkpoint("llava")), adapter=None)
    assert bare.base == tuned.base  # type: ignore[attr-defined]
    assert bare.base["fingerprint"] != other.base["fingerprint"]  # type: ignore[attr-defined]
