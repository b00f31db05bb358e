"""One library open for questions: its encoder and its searcher, loaded once, when first needed.

Terminal and page ask here; every thread may. Refuses to know HTTP and the command line.
"""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from PIL import Image

from vladva.app.answers import Answer, photos_answer, texts_answer
from vladva.app.beside import BASELINE, Beside
from vladva.app.sources import load_source, remember_source, source_in_use, source_of
from vladva.errors import LibraryError, VladvaError
from vladva.images import open_image
from vladva.indexes.hits import Photo
from vladva.indexes.library import Active, Library
from vladva.indexes.search import Searcher
from vladva.presets import default_model
from vladva.protocols import Encoder, Prepare, Prepared, Vectors

State = Literal["waiting", "loading", "ready", "failed"]
EMPTY_HINT = "Try `vladva index FOLDER`, or `vladva demo` for a small drawn world."


class OneAtATime:
    """An encoder that several threads may call: they take turns, batch by batch.

    So a search waits for one batch of an indexing run, never for the run.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._turn = threading.Lock()
        self.name: str = encoder.name
        self.fingerprint: str = encoder.fingerprint
        self.dim: int = encoder.dim
        self.on_cpu: bool = encoder.on_cpu
        self.prepare: Prepare = encoder.prepare

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """See `Encoder`."""
        with self._turn:
            return self._encoder.encode(pictures)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`."""
        with self._turn:
            return self._encoder.encode_texts(texts)

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        """See `Encoder`."""
        with self._turn:
            return self._encoder.encode_joint(queries)


class Session:
    """A library, and whatever its encoder finds in it.

    `load` turns the name of a model and `adapter=` into an encoder, as `load_encoder` does. An
    encoder that another process made the active one meanwhile is loaded at the next question.
    """

    def __init__(self, library: Library, load: Callable[..., Encoder]) -> None:
        self.library = library
        self.state: State = "waiting"
        self.error: VladvaError | None = None
        self._load = load
        self._beside = Beside(library, load)
        self._gate = threading.RLock()
        self._encoder: Encoder | None = None
        self._searcher: Searcher | None = None
        self._loaded: Active | str | None = None

    def warm(self) -> None:
        """Load what the first question will need; an error is kept for that question."""
        try:
            self.encoder()
            if self.library.active() is not None:
                self.searcher()
        except VladvaError as error:
            self.error = error

    def encoder(self, model: str | None = None) -> Encoder:
        """The encoder called `model`; without a name the one in use, or that would be."""
        with self._gate:
            wanted: Active | str = model or self.library.active() or default_model()
            if self._encoder is None or not self._serves(wanted):
                self._searcher = None
                self._encoder = self._loaded_encoder(wanted)
            self._loaded = wanted
            return self._encoder

    def searcher(self) -> Searcher:
        """What answers queries. Raises `LibraryError` where nothing is indexed yet."""
        with self._gate:
            if self.library.active() is None:
                raise LibraryError("Nothing is indexed yet.", EMPTY_HINT)
            encoder = self.encoder()
            if self._searcher is None:
                self._searcher = Searcher(self.library, encoder)
            return self._searcher

    def by_text(self, query: str, limit: int, offset: int = 0, by: str = "") -> Answer:
        """Photos for words. `by` the demo's baseline: its answer, not that of the encoder in use.

        Raises `ConfigError` where this library has no such second encoder.
        """
        if by == BASELINE:
            return self._beside.by_text(query, limit, offset)
        searcher = self.searcher()
        found = searcher.by_text(query, limit, offset)
        return photos_answer(query, *self._by(), found)

    def by_image(
        self, picture: Image.Image, limit: int, offset: int = 0, path: str | None = None
    ) -> Answer:
        """Photos like a picture; the one at `path` left out, should the library have it."""
        exclude = None if path is None else self.library.photo_id(os.path.realpath(path))
        found = self.searcher().by_image(picture, limit, offset, exclude)
        return photos_answer(None, *self._by(), found)

    def by_id(self, photo_id: str, limit: int, offset: int = 0) -> Answer:
        """Photos like one of the library, that one left out."""
        searcher = self.searcher()
        return photos_answer(None, *self._by(), searcher.by_id(photo_id, limit, offset))

    def match(
        self, image: str, picture: Image.Image, texts: Sequence[str] | None, limit: int
    ) -> Answer:
        """Texts for a picture: the given ones, or (None) the captions of the library."""
        hits = self.searcher().match(picture, texts, limit)
        return texts_answer(image, *self._by(), hits)

    def by_file(self, path: str, limit: int) -> Answer:
        """Photos like the picture in a file."""
        return self.by_image(open_image(path), limit, path=path)

    def match_file(self, path: str, texts: Sequence[str] | None, limit: int) -> Answer:
        """Texts for the picture in a file."""
        return self.match(path, open_image(path), texts, limit)

    def photo(self, photo_id: str) -> Photo | None:
        """What the library knows of a photo, or None where it has none of that id."""
        if self.library.active() is None:
            return None
        return self.searcher().photo(photo_id)

    def _by(self) -> tuple[str, str]:
        assert self._encoder is not None
        return self._encoder.name, self._encoder.fingerprint

    def _serves(self, wanted: Active | str) -> bool:
        """Whether the loaded encoder is `wanted`: a first run activates one loaded by name."""
        if isinstance(self._loaded, str) and isinstance(wanted, Active):
            return self._encoder is not None and self._encoder.fingerprint == wanted.fingerprint
        return self._loaded == wanted

    def _loaded_encoder(self, wanted: Active | str) -> Encoder:
        self.state, self.error = "loading", None
        library = self.library
        try:
            if isinstance(wanted, Active):
                source = source_of(library, wanted)
            else:
                source = source_in_use(library, wanted)
            encoder = load_source(library, source, self._load)
        except Exception:
            self.state = "failed"
            raise
        if isinstance(wanted, str):
            remember_source(library, encoder.fingerprint, source)
        self.state = "ready"
        return OneAtATime(encoder)


def open_session(folder: Path, *, create: bool = False) -> Session:
    """The session of a library folder, with real encoders."""
    from vladva.encoders import load_encoder

    return Session(Library.open(folder, create=create), load_encoder)
