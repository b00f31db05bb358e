"""The training page: what to learn from, the run, its verdict, and the adapters of the library."""

from vladva.app.ui_shell import part, top


def layout() -> None:
    """`train.js` fills the one, `adapters.js` the other."""
    top("train")
    part("train")
    part("adapters")
