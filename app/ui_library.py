"""The library page: a folder to add, what is indexed, and what could not be."""

from vladva.app.ui_shell import part, top


def layout() -> None:
    """The layout; `library.js` fills it."""
    top("library")
    part("library")
