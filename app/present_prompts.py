"""Compared prompt pairs as text: the best by the rule, what is in use, and what is recommended.

Takes a finished comparison; refuses to know how it was measured.
"""

from vladva.app.plain import printable
from vladva.app.prompting import CAUSES, Comparison
from vladva.prompt_choice import Compared

ENOUGH = 10
"""Pairs of which a correlation is worth telling."""
SHOWN = 10
"""Pairs that the table has, beside those that are remarkable."""


def table(found: Comparison) -> str:
    """The first pairs by the rule, then the one in use and the best by recall, at 80 columns."""
    head = f"{'':<5}{'pair':<20}{'entropy, nats':>16}{'effective rank':>18}{'R@1, percent':>18}"
    sides = f"{'':<25}" + f"{'image':>8}{'text':>8}{'image':>10}{'text':>8}{'image':>10}{'text':>8}"
    names = {found.recommended.pair.name, found.in_use, found.best_recall.pair.name}
    rows = []
    for place, one in enumerate(found.pairs, 1):
        if place <= SHOWN or one.pair.name in names:
            rows.append(_row(place, one))
    left = len(found.pairs) - len(rows)
    rows += [f"     … and {left} more: --json has them all"] if left else []
    return printable(_title(found)) + "\n\n" + "\n".join([head, sides, *rows])


def advice(found: Comparison) -> str:
    """What the rule recommends, in its words, and how far the recall of this sample agrees."""
    best, first = found.recommended, found.best_recall
    told = [
        f"Recommended by entropy and variance: {best.pair.name}",
        f"  image  {best.pair.image}",
        f"  text   {best.pair.text}",
        f"In use: {found.in_use}. Best by recall here: {first.pair.name}, R@1 {_recalls(first)} %.",
    ]
    for cause in CAUSES:
        rho = [found.correlation(metric, cause) for metric in ("image_R@1", "text_R@1")]
        if None not in rho and len(found.pairs) >= ENOUGH:
            both = f"{rho[0]:+.2f} (pictures by text), {rho[1]:+.2f} (texts by picture)"
            told.append(f"Rank correlation of R@1 with {cause.replace('_', ' ')}: {both}.")
    return "\n".join(printable(line) for line in told)


def _title(found: Comparison) -> str:
    return (
        f"{found.model}, untuned; {found.pictures:,} pictures with {found.texts:,} texts; "
        f"{len(found.pairs)} prompt pairs"
    )


def _row(place: int, one: Compared) -> str:
    cells = (
        f"{one.image.entropy:>8.2f}{one.text.entropy:>8.2f}"
        f"{one.image.effective_rank:>10.1f}{one.text.effective_rank:>8.1f}"
        f"{one.recall['image_R@1']:>10.1f}{one.recall['text_R@1']:>8.1f}"
    )
    return f"{place:>3}  {one.pair.name:<20}{cells}"


def _recalls(one: Compared) -> str:
    return f"{one.recall['image_R@1']:.1f} and {one.recall['text_R@1']:.1f}"
