"""Text from outside as a terminal may show it: one line, and no orders to the terminal.

Refuses to know what the text says; what other programs read (`--json`, `--paths`) stays as it is.
"""


def printable(text: str) -> str:
    """The text with every control character spelled out, as Python spells it."""
    return "".join(
        char if char.isprintable() or char == " " else char.encode("unicode_escape").decode()
        for char in text
    )
