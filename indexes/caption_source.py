"""Who wrote a caption, as `Row.caption_source` has it: a place it was read from, or a model."""

MACHINE = "machine:"
"""Begins the source of a caption that a model wrote; the model's name follows."""


def is_machine(source: str | None) -> bool:
    """Whether a model wrote it."""
    return source is not None and source.startswith(MACHINE)
