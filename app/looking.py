"""The model in use, looked into for the page: what it can show, and one input at a time.

Refuses to know HTTP, and any path that a browser says.
"""

import base64
import io
import threading
from typing import TYPE_CHECKING, Any

from PIL import Image

from vladva.app.session import Session
from vladva.app.sources import Source, source_in_use, source_of
from vladva.errors import Unsupported

if TYPE_CHECKING:
    from vladva.app.inspecting import Inspection

TOKENS = 10
"""Next words that are told."""
SHOWN_SIDE = 640
"""Longer side, in pixels, of the picture that goes back to the page."""


class Looking:
    """Looks at one input after the other; any thread may ask, and waits for its turn."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._turn = threading.Lock()

    def facts(self) -> dict[str, Any]:
        """What can be shown of the model in use, and why not, where it cannot.

        `able`: it has a summary token. `speaks`: it also says next words. Raises what loading it
        raises.
        """
        from vladva.analysis import model_of

        encoder = self._session.encoder()
        told: dict[str, Any] = {"model": encoder.name, "able": True, "speaks": False, "why": ""}
        try:
            inner = model_of(encoder)
        except Unsupported as error:
            return {**told, "able": False, "adapter": "none", "why": error.message}
        return {**told, "speaks": inner.backbone.head is not None, "adapter": self._adapter(inner)}

    def text(self, text: str) -> dict[str, Any]:
        """What the model makes of a text. Raises `Unsupported` on two towers."""
        return self._told(text, None)

    def picture(self, name: str, image: Image.Image) -> dict[str, Any]:
        """What it makes of a picture; `picture` in the answer is what it sees of it."""
        return self._told(name, image)

    def _told(self, given: str, image: Image.Image | None) -> dict[str, Any]:
        from vladva.analysis import model_of
        from vladva.app.inspecting import as_json, look_into

        encoder = self._session.encoder()
        inner = model_of(encoder)
        with self._turn:
            found = look_into(encoder, encoder.name, self._adapter(inner), given, image, TOKENS)
        return {**as_json(found, maps=True), "picture": _shown(found)}

    def _adapter(self, inner: Any) -> str:
        return "none" if inner.adapter is None else self._source().adapter

    def _source(self) -> Source:
        library = self._session.library
        active = library.active()
        return source_in_use(library) if active is None else source_of(library, active)


def _shown(found: "Inspection") -> dict[str, Any] | None:
    """The picture as the model sees it, for an `img`: its address and size in pixels."""
    if found.picture is None:
        return None
    small = found.picture.convert("RGB")
    small.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=88)
    address = f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
    return {"address": address, "width": small.width, "height": small.height}
