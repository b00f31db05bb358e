"""What somebody wants of a search, and how it travels from the terminal to the page.

Refuses to know how it is answered.
"""

from dataclasses import dataclass
from typing import Any

from PIL import Image

from vladva.indexes.asked import Asked, Sort
from vladva.indexes.query.parse import parse


@dataclass(frozen=True)
class Wish:
    """One search. At least words, a picture or a photo of the library."""

    words: str = ""
    """In the query language."""
    pictures: tuple[Image.Image, ...] = ()
    like: tuple[str, ...] = ()
    """Ids of photos of the library."""
    paths: tuple[str, ...] = ()
    """Where pictures lie, so that the library's own copies of them are no results."""
    limit: int = 20
    offset: int = 0
    sort: Sort = "relevance"
    everything: bool = False
    fold: bool = True
    whole: bool = False
    """There is no next page: where hits fail the second stage, later ones may take their places."""
    verify: int | None = None
    """How many hits the second stage looks at; None: as it suits the model, for some seconds."""
    verifier: str | None = None
    """The model that looks; None: the generative half of the encoder, where it can be trusted."""

    def asked(self, without: tuple[str, ...] = ()) -> Asked:
        """The same for the index. Raises `QueryError` where the words cannot be read."""
        return Asked(
            query=parse(self.words) if self.words.strip() else None,
            pictures=self.pictures,
            like=self.like,
            without=without,
            limit=self.limit,
            offset=self.offset,
            sort=self.sort,
            everything=self.everything,
            fold=self.fold,
        )

    def parameters(self) -> dict[str, Any]:
        """The parameters of `/api/search`; pictures go beside them, a named verifier stays."""
        given: dict[str, Any] = {
            "q": self.words,
            "path": self.paths,
            "limit": self.limit,
            "offset": self.offset,
            "sort": self.sort,
            "all": str(self.everything).lower(),
            "fold": str(self.fold).lower(),
            "whole": str(self.whole).lower(),
            "verify": self.verify,
        }
        return {name: value for name, value in given.items() if value not in (None, "", ())}
