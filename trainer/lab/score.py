"""How good a model is by now: a few drawn benchmarks at small counts, while it is trained.

Ours. Refuses to know how it is trained. The scenes are of the test split and of a seed that no
published figure uses, so that what is chosen by them (a learning rate) flatters none.
"""

from vladva.errors import Unsupported
from vladva.protocols import Encoder, Generator

SEED = 9001
METRICS = {
    "toyland-retrieval": ("image_R@1", "text_R@1"),
    "toyland-sugarcrepe": ("swap_obj", "swap_att", "replace_rel", "mean"),
}
"""Of each benchmark, what is told."""


def score(encoder: Encoder, count: int) -> dict[str, float]:
    """Metric → percent, among `count` scenes and with `count` items of each kind."""
    from vladva.benchmarks import registry

    def none() -> Generator:
        raise Unsupported("only the encoder is scored here")

    models = registry.Models(encoder, none)
    setup = registry.Setup(seed=SEED, count=count)
    found: dict[str, float] = {}
    for name, metrics in METRICS.items():
        results = registry.run(name, models, setup)
        found |= {metric: round(results[metric], 2) for metric in metrics}
    return found
