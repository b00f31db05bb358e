"""What it takes until a library is searched with another encoder.

Refuses to know how it is said.
"""

from dataclasses import dataclass

from vladva.app.sources import Source, source_of
from vladva.indexes.library import Library


@dataclass(frozen=True)
class Cost:
    """What it takes until the library is searched with a source."""

    photos: int
    folder: str | None
    """A folder to index, None where the library has none yet."""
    model: str | None
    """The base, where `index` has to be told."""
    kept_vectors: bool
    """Whether vectors by this source are there from before."""


def cost(library: Library, source: Source) -> Cost | None:
    """What it takes to search with this source; None where the library already is."""
    active = library.active()
    if active is not None and source_of(library, active) == source:
        return None
    roots = library.roots()
    same = active is not None and source_of(library, active).model == source.model
    return Cost(
        photos=sum(root.photos for root in roots),
        folder=roots[0].path if roots else None,
        model=None if same else source.model,
        kept_vectors=any(source_of(library, one) == source for one in library.encoders()),
    )
