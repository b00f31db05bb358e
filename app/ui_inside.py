"""The page that looks into the model: one picture or text, and the prompts compared below."""

from vladva.app.ui_shell import part, top


def layout() -> None:
    """Layout first; the parts wire themselves."""
    top("inside")
    part("inside")
    part("inside-prompts")
