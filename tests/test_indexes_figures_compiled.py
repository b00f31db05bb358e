"""What `torch.compile` is worth: the figure itself, without a compiler of C++."""

from collections.abc import Iterator

import pytest
import torch

from vladva.indexes.figures.compiled import measure
from vladva.indexes.figures.shaped import Shaped

TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "image_size": 32,
}


@pytest.fixture
def compiler() -> Iterator[str]:
    yield "eager"  # graphs are caught, and run as they are
    torch.compiler.reset()


def test_a_tower_is_compiled_and_gives_the_same_vectors(compiler: str) -> None:
    row = measure("tiny", lambda: Shaped("tiny", **TINY), 4, 2, backend=compiler)
    assert row["graphs"] >= 1
    assert row["differ_by"] < 1e-5
    low, high = row["over_eager_range"]
    assert 0 < low <= row["over_eager"] <= high
    assert row["first_s"] >= 0
