"""What is known of a picture beside its pixels: from its sidecars, its XMP, IPTC and EXIF.

Reads headers only, never pixels, and never fails: what cannot be read is None. Refuses to know
where the facts are kept.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from vladva.images import Picture, opened
from vladva.indexes.catalog import FileStamp
from vladva.indexes.facts import exif, iptc, png, raw_exif, told, xmp
from vladva.indexes.facts.told import Told
from vladva.indexes.pairs import beside_paths, split
from vladva.indexes.regular import is_regular, open_at_once

FACTS_VERSION = 1
"""Grows whenever this module reads more, or otherwise: rows of older versions are read again."""
_SIDECAR_BYTES = 8 << 20
_XMP = 700  # where a TIFF keeps its packet, and so does a DNG


@dataclass(frozen=True, slots=True)
class Metadata:
    """Facts beside the pixels; `width` and `height` are the whole upright picture's."""

    width: int = 0
    height: int = 0
    taken_at: str | None = None
    """ISO 8601, the camera's local time; with an offset where one was written."""
    camera: str | None = None
    lat: float | None = None
    lon: float | None = None
    caption: str | None = None
    caption_source: str | None = None
    """sidecar, xmp, iptc, exif or png."""
    format: str = ""
    """Lower case: jpeg, png, webp, avif, heif, tiff, gif, bmp, raw; empty where not known."""
    animated: int = 0
    """1 where the file goes on after the frame that is shown, else 0."""
    lens: str | None = None
    rating: int | None = None
    """0 to 5, -1 for rejected."""
    keywords: str | None = None
    """One a line, each once."""


class _Source(NamedTuple):
    name: str
    says: Told


def read(data: bytes, stamp: FileStamp, picture: Picture) -> Metadata:
    """The facts of one picture.

    `data` is the file's content (its header is parsed again, its pixels are not), `stamp` leads
    to its sidecars, `picture` is what was decoded. Of two sources that say the same thing, a
    sidecar is believed before XMP, XMP before IPTC, IPTC before EXIF; a date is EXIF's before it
    is IPTC's, which may be a day without a time.
    """
    sources = [*_sidecars(stamp), *_embedded(data, picture.format)]
    dated = sorted(sources, key=lambda source: source.name == "iptc")

    def first(field: str, among: list[_Source] = sources) -> Any:
        values = (getattr(source.says, field) for source in among)
        return next((value for value in values if value not in (None, ())), None)

    place = first("place") or (None, None)
    source = next((source.name for source in sources if source.says.caption), None)
    return Metadata(
        width=picture.width,
        height=picture.height,
        taken_at=first("taken_at", dated),
        camera=first("camera"),
        lat=place[0],
        lon=place[1],
        caption=first("caption"),
        caption_source=source,
        format=picture.format,
        animated=int(picture.animated),
        lens=first("lens"),
        rating=first("rating"),
        keywords="\n".join(first("keywords") or ()) or None,
    )


def _sidecars(stamp: FileStamp) -> Iterator[_Source]:
    """Texts first; `photo.xmp` before `photo.jpg.xmp` before that of its raw file."""
    own = Path(stamp.path).name
    order = {split(own)[0]: 0, own.lower(): 1}
    paths = sorted(beside_paths(stamp), key=lambda p: order.get(split(Path(p).name)[0], 2))
    for suffix, parse in ((".txt", _from_text), (".xmp", xmp.read)):
        for path in paths:
            if split(path)[1] == suffix:
                yield _Source("sidecar", _safely(partial(_parsed, parse, path)))


def _embedded(data: bytes, kind: str) -> Iterator[_Source]:
    """XMP, IPTC and EXIF in the file itself, in this order."""
    if kind == "raw":
        yield _Source("xmp", _safely(lambda: xmp.read(raw_exif.tags(data).base[_XMP])))
        yield _Source("exif", _safely(lambda: exif.read_tags(*raw_exif.tags(data))))
        return
    words = png.read(data) if data.startswith(png.SIGNATURE) else png.Words({}, b"")
    with suppress(Exception), opened(data) as image:  # hostile headers raise anything
        packet = words.texts.get("XML:com.adobe.xmp", "").encode() or image.info.get("xmp")
        if packet:
            yield _Source("xmp", _safely(lambda: xmp.read(packet)))
        yield _Source("iptc", _safely(lambda: iptc.read(image)))
        yield _Source("exif", _safely(lambda: exif.read(_exif(image, words.exif))))
    if words.texts:
        yield _Source("png", _safely(lambda: _from_png(words.texts)))


def _exif(image: Image.Image, behind: bytes) -> Image.Exif:
    """`behind`: the EXIF that a PNG may have behind its pixels."""
    found = image.getexif()
    if not found and behind:
        found.load(behind)
    return found


def _from_text(data: bytes) -> Told:
    """A sidecar that is nothing but a caption: a person's words, whatever they are."""
    return Told(caption=told.clean(data.decode("utf-8-sig", "replace")) or None)


def _from_png(texts: Mapping[str, str]) -> Told:
    """The keywords of the PNG specification."""
    return Told(
        caption=told.caption(texts.get("Description", ""), texts.get("Comment", "")),
        taken_at=told.moment(texts.get("Creation Time", "")),
    )


def _parsed(parse: Callable[[bytes], Told], path: str) -> Told:
    with open_at_once(path) as file:
        return parse(file.read(_SIDECAR_BYTES)) if is_regular(file) else Told()


def _safely(read: Callable[[], Told]) -> Told:
    """Nothing, where the source is broken: hostile headers raise anything."""
    try:
        return read()
    except Exception:  # noqa: BLE001 - as above
        return Told()
