"""What a model makes of one input, as text: next tokens, attention and captions, side by side.

Takes a finished inspection; refuses to know how it was made.
"""

import math

from vladva.analysis import density
from vladva.app.inspecting import STYLES, Inspection, Look
from vladva.app.plain import printable

WIDTH = 26


def report(found: Inspection, layer: int) -> str:
    """The whole as lines. `layer` counts from 0; its attention is told, as a mean over heads."""
    on = "no adapter" if found.after is None else f"adapter {found.adapter}"
    lines = [f"{found.given}", f"{found.model}, {on}; asked: {found.prompt}"]
    lines += ["", _line("", [name for name, _ in found.looks])]
    if found.before.tokens:
        lines += _tokens(found)
    if found.before.attention is not None:
        lines += _attention(found, layer)
    for style in STYLES if found.before.captions else ():
        lines.append("")
        lines += [f"{style}, {name}: {look.captions[style]}" for name, look in found.looks]
    return "\n".join(printable(line).rstrip() for line in lines)


def _tokens(found: Inspection) -> list[str]:
    looks = [look for _, look in found.looks]
    spread = [_nats(look) for look in looks]
    rows = [_line("entropy", spread)]
    for place in range(max(len(look.tokens) for look in looks)):
        cells = [_token(look, place) for look in looks]
        rows.append(_line(f"next token {place + 1}", cells))
    return rows


def _nats(look: Look) -> str:
    if look.entropy is None:
        return ""
    return f"{look.entropy:.2f} nats, {look.entropy / math.log(2):.2f} bits"


def _token(look: Look, place: int) -> str:
    if place >= len(look.tokens):
        return ""
    token = look.tokens[place]
    return f"{token.p:>6.1%}  {token.text!r}"


def _attention(found: Inspection, layer: int) -> list[str]:
    rows = [look.attention.weights[layer] for _, look in found.looks if look.attention is not None]
    on_picture = [f"{weights.sum(-1).mean():>6.1%}" for weights in rows]
    spread = [f"{density(weights).mean():>6.1%}" for weights in rows]
    return [
        "",
        f"attention of layer {layer + 1}, mean of its heads",
        _line("  on the picture", on_picture),
        _line("  spread over", spread),
    ]


def _line(head: str, cells: list[str]) -> str:
    return f"{head:<20}" + "".join(f"{cell:<{WIDTH}}" for cell in cells)
