"""What is asked of a library: words, pictures, photos of its own, and how results shall come.

Refuses to know how it is answered.
"""

from dataclasses import dataclass
from typing import Literal

from PIL import Image

from vladva.indexes.query.query import Query

Sort = Literal["relevance", "date"]


@dataclass(frozen=True)
class Asked:
    """One question. Words, pictures and photos may come together: all of them are meant."""

    query: Query | None = None
    pictures: tuple[Image.Image, ...] = ()
    """Upright RGB pictures from outside the library."""
    like: tuple[str, ...] = ()
    """Ids of photos of the library; they are no results themselves."""
    without: tuple[str, ...] = ()
    """Ids of more photos that are no results."""
    limit: int = 20
    offset: int = 0
    sort: Sort = "relevance"
    everything: bool = False
    """No cut-off where the matches end."""
    fold: bool = True
    """Near-duplicates lie under the best of them."""

    @property
    def meaning(self) -> str:
        """The words that are looked for by what they mean."""
        return "" if self.query is None else self.query.positive
