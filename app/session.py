"""One library open for questions: its encoder and its searcher, loaded once, when first needed.

Terminal and page ask here; every thread may. Refuses to know HTTP and the command line.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from PIL import Image

from vladva.app.answers import Answer, photos_answer, texts_answer
from vladva.app.beside import BASELINE, Beside
from vladva.app.sources import Source, load_source, remember_source, source_in_use, source_of
from vladva.app.verifiers import Verifiers
from vladva.app.wish import Wish
from vladva.errors import LibraryError, Unsupported, VladvaError
from vladva.images import open_image
from vladva.indexes.hits import Photo
from vladva.indexes.library import Active, Library
from vladva.indexes.paths import spellings
from vladva.indexes.query.constraints import Constraint, constraints
from vladva.indexes.ranking.verdicts import Verdicts
from vladva.indexes.search import Searcher
from vladva.indexes.second import SecondStage, Verifier
from vladva.presets import default_model
from vladva.protocols import Encoder, Prepare, Prepared, Vectors

VERIFIED = 24
"""How many hits stage two looks at, unless told otherwise,"""
VERIFY_S = 10.0
"""and for how many seconds."""
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
        for name in ("generator", "folder", "model", "batch_size"):  # what only some have
            if hasattr(encoder, name):
                setattr(self, name, getattr(encoder, name))

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
        self.beside = Beside(library, load)
        self._verifiers = Verifiers(load)
        self._verdicts = Verdicts(library)
        self._gate = threading.RLock()
        self._encoder: Encoder | None = None
        self._searcher: Searcher | None = None
        self._loaded: Active | str | None = None
        self._next_gate = threading.Lock()
        self._next: tuple[Source, Encoder] | None = None

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

    def next(self, source: Source) -> Encoder:
        """An encoder beside the one in use, for a change to it; loaded once.

        Questions go on being answered meanwhile, and by this very one as soon as the library is
        searched with it. Raises what loading it raises.
        """
        with self._next_gate:
            if self._next is None or self._next[0] != source:
                self._next = None  # its memory, before another one needs it
                encoder = load_source(self.library, source, self._load)
                remember_source(self.library, encoder.fingerprint, source)
                self._next = source, OneAtATime(encoder)
            return self._next[1]

    def let_go(self) -> None:
        """Forget what `next` has loaded, unless it is in use; one that is loading is waited for."""
        with self._next_gate:
            self._next = None

    def searcher(self) -> Searcher:
        """What answers queries. Raises `LibraryError` where nothing is indexed yet."""
        with self._gate:
            if self.library.active() is None:
                raise LibraryError("Nothing is indexed yet.", EMPTY_HINT)
            encoder = self.encoder()
            if self._searcher is None:
                self._searcher = Searcher(self.library, encoder)
            return self._searcher

    def find(self, wish: Wish, stop: threading.Event | None = None, by: str = "") -> Answer:
        """Photos for a wish: stage one, and stage two where it was wanted, until `stop`.

        `by` the demo's baseline: its answer, not that of the encoder in use. Raises `ConfigError`
        where this library has no such second encoder, `QueryError` where words cannot be read.
        """
        roots = [root.path for root in self.library.roots()]
        known = [spelling for path in wish.paths for spelling in spellings(path, roots)]
        without = tuple(self.library.photo_id(path) for path in known)
        if by == BASELINE:
            return self.beside.find(wish.asked(without), wish.words)
        searcher, asked = self.searcher(), wish.asked(without)
        made_by = searcher.encoder.name, searcher.encoder.fingerprint
        questions = [] if asked.query is None else constraints(asked.query)
        verifier = self._verifier(wish, searcher.encoder, questions)
        if verifier is None:
            return photos_answer(wish.words, asked.query, *made_by, searcher.find(asked))
        count = VERIFIED if wish.verify is None else wish.verify
        more = max(wish.limit, count) if wish.whole else wish.limit
        found = searcher.find(replace(asked, limit=more))
        with _in_time(stop, VERIFY_S if wish.verify is None else None) as ended:
            stage = SecondStage(self._verdicts, verifier)
            found = stage.check(found, questions, count, ended, asked.sort)
        found = replace(found, hits=found.hits[: wish.limit])
        return photos_answer(wish.words, asked.query, *made_by, found)

    def _verifier(
        self, wish: Wish, encoder: Encoder, questions: Sequence[Constraint]
    ) -> Verifier | None:
        """Who looks, None for nobody. Raises `Unsupported` where nobody can, but was told to."""
        if wish.verify == 0 or wish.offset:
            return None
        if wish.verifier is not None:
            return self._verifiers.named(wish.verifier, encoder)
        own = self._verifiers.own(encoder)
        if own is None and wish.verify is not None and questions:
            raise Unsupported(
                f"{encoder.name} cannot be trusted to check what is in a photo.",
                "Name a model that can: --verifier NAME; or leave --verify out.",
            )
        return own

    def match(
        self, image: str, picture: Image.Image, texts: Sequence[str] | None, limit: int
    ) -> Answer:
        """Texts for a picture: the given ones, or (None) the captions of the library."""
        searcher = self.searcher()
        made_by = searcher.encoder.name, searcher.encoder.fingerprint
        return texts_answer(image, *made_by, searcher.match(picture, texts, limit))

    def match_file(self, path: str, texts: Sequence[str] | None, limit: int) -> Answer:
        """Texts for the picture in a file."""
        return self.match(path, open_image(path), texts, limit)

    def photo(self, photo_id: str) -> Photo | None:
        """What the library knows of a photo, or None where it has none of that id."""
        if self.library.active() is None:
            return None
        return self.searcher().photo(photo_id)

    def _serves(self, wanted: Active | str) -> bool:
        """Whether the loaded encoder is `wanted`: a first run activates one loaded by name."""
        if isinstance(self._loaded, str) and isinstance(wanted, Active):
            return self._encoder is not None and self._encoder.fingerprint == wanted.fingerprint
        return self._loaded == wanted

    def _come(self, wanted: Active | str) -> Encoder | None:
        """What `next` has loaded, where that is wanted now."""
        come = self._next
        if come is None or not isinstance(wanted, Active):
            return None
        if come[1].fingerprint != wanted.fingerprint:
            return None
        self._next = None
        return come[1]

    def _loaded_encoder(self, wanted: Active | str) -> Encoder:
        self.state, self.error = "loading", None
        come = self._come(wanted)
        if come is not None:
            self.state = "ready"
            return come
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


@contextmanager
def _in_time(stop: threading.Event | None, seconds: float | None) -> Iterator[threading.Event]:
    """`stop`, or an event of its own, that is set after some seconds (None: never)."""
    ended = stop or threading.Event()
    timer = None if seconds is None else threading.Timer(seconds, ended.set)
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        yield ended
    finally:
        if timer is not None:
            timer.cancel()


def open_session(folder: Path, *, create: bool = False) -> Session:
    """The session of a library folder, with real encoders."""
    from vladva.encoders import load_encoder

    return Session(Library.open(folder, create=create), load_encoder)
