"""Prompt pairs compared: figures as an encoder with that pair has them, ordered by the rule."""

from typing import Any

import numpy as np
import pytest
import tiny
from tuned import tune

from vladva.analysis import cumulative_variance, entropy, next_logits
from vladva.benchmarks.retrieval import Item, score
from vladva.benchmarks.scorers import of_encoder
from vladva.encoders import load_encoder
from vladva.errors import Unsupported
from vladva.prompt_choice import Compared, SideFigures, compare, in_order, spearman
from vladva.prompts import PROMPTS, candidates

ITEMS = [Item(0, "a dog"), Item(1, "a cat"), Item(1, "a dog"), Item(2, "a house"), Item(3, "x")]


def figures(name: str, entropies: tuple[float, float], ranks: tuple[float, float]) -> Compared:
    sides = [SideFigures(e, r, np.ones(3)) for e, r in zip(entropies, ranks, strict=True)]
    return Compared(PROMPTS[name], sides[0], sides[1], {"image_R@1": 0.0, "text_R@1": 0.0})


def test_there_are_fifty_pairs_of_our_own_each_different_and_none_with_a_system_turn() -> None:
    able = candidates()
    assert sum(pair.source.startswith("ours") for pair in able) >= 50
    assert len({(pair.image, pair.text) for pair in able}) == len(able)
    assert all(pair.system is None and pair.image and pair.text for pair in able)


def test_the_pairs_that_models_were_trained_with_have_kept_every_letter() -> None:
    """Their spelling is part of the fingerprint of every vector that was made with them."""
    assert repr(PROMPTS["short"]) == (
        "PromptPair(name='short', image='The scene in one word:', text='The scene in one word:', "
        "source='ours: few tokens, for small models', system=None)"
    )
    assert repr(PROMPTS["qwen3-vl-embedding"]) == (
        "PromptPair(name='qwen3-vl-embedding', image='', text='', source=\"Qwen3-VL-Embedding's "
        'model card: no prompt beside the system turn", system="Represent the user\'s input.")'
    )


@pytest.mark.parametrize("kind", ["mini", "qwen2_vl"])
def test_the_figures_of_a_pair_are_those_of_an_encoder_that_has_it(kind: str) -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES]
    pairs = [PROMPTS["gist"], PROMPTS["count"]]
    found = list(compare(encoder, pictures, ITEMS, pairs, 3))
    assert encoder.model.prompts is PROMPTS["scene"]
    assert [one.pair for one in found] == pairs
    for one in found:
        encoder.model.prompts = one.pair
        vectors = encoder.encode(pictures)
        nats = [entropy(next_logits(encoder.model, "image", p)).item() for p in pictures]
        texts = {item.text for item in ITEMS}
        words = [entropy(next_logits(encoder.model, "text", t)).item() for t in texts]
        assert one.image.entropy == pytest.approx(np.mean(nats), abs=1e-4)
        assert one.text.entropy == pytest.approx(np.mean(words), abs=1e-4)
        assert one.image.cumulative == pytest.approx(cumulative_variance(vectors), abs=1e-4)
        assert dict(one.recall) == score(ITEMS, of_encoder(encoder, vectors))


def test_an_adapter_is_off_while_prompts_are_compared_and_on_again_in_between() -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint("mini")), device="cpu")
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES]
    (plain,) = compare(encoder, pictures, ITEMS, [PROMPTS["gist"]], 4)
    adapter = tune(encoder)
    running = compare(encoder, pictures, ITEMS, [PROMPTS["gist"]] * 2, 4)
    assert next(running).image.entropy == pytest.approx(plain.image.entropy, abs=1e-9)
    assert not adapter.is_off


def test_two_towers_have_no_prompts_to_compare() -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint("clip")), device="cpu")
    with pytest.raises(Unsupported, match="two towers"):
        next(compare(encoder, [], ITEMS, [PROMPTS["gist"]], 4))


def test_the_best_pair_has_high_entropy_and_many_directions() -> None:
    best = figures("gist", (3, 3), (9, 9))
    open_only = figures("count", (3.5, 3.5), (2, 2))
    spread_only = figures("topic", (1, 1), (8, 8))
    worst = figures("mood", (0.5, 0.5), (1, 1))
    for given in ([worst, spread_only, open_only, best], [best, open_only, spread_only, worst]):
        assert [one.pair.name for one in in_order(given)] == ["gist", "count", "topic", "mood"]


def test_a_side_that_collapsed_is_not_made_good_by_the_other() -> None:
    lopsided, even = figures("gist", (1, 1), (1, 20)), figures("count", (1, 1), (8, 8))
    assert in_order([lopsided, even])[0].pair.name == "count"


def test_axes_for_a_share_counts_until_the_share_is_reached() -> None:
    side = SideFigures(0, 0, np.array([0.5, 0.9, 1.0]))
    assert [side.axes_for(share) for share in (0.3, 0.5, 0.51, 0.9, 0.95, 1)] == [1, 1, 2, 2, 3, 3]


def test_rank_correlation_sees_order_alone_and_shares_places_between_ties() -> None:
    assert spearman([1, 2, 3], [10, 200, 3000]) == pytest.approx(1)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert spearman([1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(0.9486832980505138)
    assert spearman([1, 1, 1], [1, 2, 3]) is None
