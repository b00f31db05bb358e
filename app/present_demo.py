"""What the demo found, as text: sample answers with ✓ and ✗, and precision beside chance."""

from collections.abc import Mapping, Sequence

from vladva.app.demo import TOP, Answered, Precision

SAMPLES = 8
TEXT = 54
"""Columns of a query."""


def samples(found: Sequence[Answered]) -> str:
    """Some queries, simple and with a relation in turn, each with its marks and its best hit."""
    simple = [answer for answer in found if not answer.query.has_relation]
    related = [answer for answer in found if answer.query.has_relation]
    shown = [answer for pair in zip(simple, related, strict=False) for answer in pair][:SAMPLES]
    lines = [f"The first {TOP} hits of some queries: ✓ right, ✗ wrong, by the facts of the scene"]
    for answer in shown:
        marks = "".join("✓" if right else "✗" for right in answer.right)
        best = answer.paths[0].name if answer.paths else ""
        lines.append(f"  {marks:<{TOP}}  {_short(answer.query.text):<{TEXT}}  {best}")
    return "\n".join(lines)


def precision_table(columns: Mapping[str, Precision], found: Sequence[Answered]) -> str:
    """Precision@5 of each encoder, chance last."""
    related = sum(answer.query.has_relation for answer in found)
    first = next(iter(columns.values()))
    names = [*columns, "chance"]
    rows = {
        f"{len(found) - related} queries without a relation": [
            *(one.simple for one in columns.values()),
            first.chance_simple,
        ],
        f"{related} queries with a relation": [
            *(one.related for one in columns.values()),
            first.chance_related,
        ],
    }
    lines = [f"{f'Precision@{TOP}':<32}" + "".join(f"{name:>11}" for name in names)]
    for title, values in rows.items():
        lines.append(f"  {title:<30}" + "".join(f"{value:>11.3f}" for value in values))
    return "\n".join(lines)


def _short(text: str) -> str:
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"
