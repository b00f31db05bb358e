"""Weights of 8 and 4 bits: where they are refused, what the library is asked for, who remembers."""

from pathlib import Path
from typing import Any

import pytest
import tiny
import torch

from vladva.checkpoint import fingerprint
from vladva.encoders import load_encoder, loading
from vladva.encoders.loading import Placement, load_weights, place
from vladva.encoders.source import Source
from vladva.errors import ConfigError


class TinyModel(torch.nn.Linear):
    """Takes the place of a model's class, and keeps what it is loaded with."""

    asked: dict[str, Any]

    @classmethod
    def from_pretrained(cls, _folder: Path, **options: Any) -> Any:
        cls.asked = options
        return cls(2, 2), {"missing_keys": [], "mismatched_keys": []}

    def to(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("quantized weights are where they belong when they are loaded")


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)


def test_a_cpu_refuses_and_says_what_it_takes() -> None:
    with pytest.raises(ConfigError, match="need an NVIDIA GPU") as told:
        load_encoder(str(tiny.checkpoint("llava")), device="cpu", quantize=8)
    assert "leave --quantize out" in told.value.hint


@pytest.mark.usefixtures("gpu")
def test_a_gpu_without_the_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="bitsandbytes") as told:
        place("cuda", "auto", None, 4)
    assert "vladva[quantized]" in told.value.hint


@pytest.mark.usefixtures("gpu")
def test_other_numbers_of_bits_and_other_families_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loading, "find_spec", lambda _: object())
    with pytest.raises(ConfigError, match="weights of 3 bits"):
        place("cuda", "auto", None, 3)
    assert place("cuda", "auto", None, 4).bits == 4
    with pytest.raises(ConfigError, match="cannot be quantized"):
        load_encoder(str(tiny.checkpoint("blip")), device="cuda", quantize=8)


@pytest.mark.parametrize("bits", [8, 4])
def test_weights_are_loaded_straight_to_the_gpu_in_so_many_bits(bits: int) -> None:
    placement = Placement(torch.device("cuda"), torch.bfloat16, None, bits)
    source = Source("llava", tiny.checkpoint("llava"))
    model = load_weights(source, TinyModel, placement)  # type: ignore[arg-type]
    assert not model.training
    said = TinyModel.asked["quantization_config"]
    assert (said.load_in_8bit, said.load_in_4bit) == (bits == 8, bits == 4)
    if bits == 4:
        assert said.bnb_4bit_quant_type == "nf4"
        assert said.bnb_4bit_compute_dtype == torch.bfloat16
    assert TinyModel.asked["device_map"] == {"": torch.device("cuda")}
    assert TinyModel.asked["attn_implementation"] == "sdpa"


def test_each_number_of_bits_has_a_fingerprint_of_its_own_and_others_keep_theirs() -> None:
    def print_of(bits: int | None, dtype: torch.dtype = torch.bfloat16) -> str:
        said = Placement(torch.device("cuda"), dtype, None, bits).precision
        options: dict[str, Any] = {"adapter": None, "reading": (), "preprocessing": ""}
        return fingerprint(tiny.checkpoint("llava"), dtype=said, **options)

    prints = [print_of(None), print_of(8), print_of(4), print_of(None, torch.float32)]
    assert len(set(prints)) == 4
    assert print_of(None, torch.float16) == print_of(None)
    options: dict[str, Any] = {"adapter": None, "reading": (), "preprocessing": ""}
    assert print_of(None) == fingerprint(tiny.checkpoint("llava"), dtype="torch.bfloat16",
                                         **options)  # fmt: skip
