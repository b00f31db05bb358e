"""What XMP says of a picture, embedded or in a sidecar.

Documents that declare types or entities, lead elsewhere or are far larger than any program writes
them are refused, so that no file can make the parser read another or work without end. Refuses to
know where the document came from. Raises where it is none.
"""

import codecs
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from vladva.indexes.facts import told
from vladva.indexes.facts.told import Told

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_TIFF = "{http://ns.adobe.com/tiff/1.0/}"
_AUX = "{http://ns.adobe.com/exif/1.0/aux/}"
_EXIF_EX = "{http://cipa.jp/exif/1.0/}"
_LIGHTROOM = "{http://ns.adobe.com/lightroom/1.0/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MOST_BYTES, _MOST_ELEMENTS = 8 << 20, 50_000
_PADDING = "\0 \t\r\n"


def read(data: bytes) -> Told:
    """The facts in an XMP packet."""
    facts = _properties(_parsed(data))

    def one(*names: str) -> str:
        return next((facts[name][0] for name in names if facts.get(name)), "")

    levels = (part for path in facts.get(_LIGHTROOM + "hierarchicalSubject", ())
              for part in path.split("|"))  # fmt: skip
    return Told(
        taken_at=told.moment(one(_EXIF + "DateTimeOriginal", _PHOTOSHOP + "DateCreated")),
        camera=told.camera(one(_TIFF + "Make"), one(_TIFF + "Model")),
        lens=told.clean(one(_EXIF_EX + "LensModel", _AUX + "Lens"), 100) or None,
        place=told.place(
            _degrees(one(_EXIF + "GPSLatitude")), _degrees(one(_EXIF + "GPSLongitude"))
        ),
        rating=told.rating(one(_XMP + "Rating")),
        caption=told.caption(*facts.get(_DC + "description", ())),
        keywords=told.keywords([*facts.get(_DC + "subject", ()), *levels]),
    )


def _parsed(data: bytes) -> Element:
    if len(data) > _MOST_BYTES or data.count(b"<") > 2 * _MOST_ELEMENTS:  # a tag at either end
        raise ValueError("no program writes that much")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return fromstring(data.decode("utf-16").strip(_PADDING), forbid_dtd=True)
    return fromstring(data.strip(_PADDING.encode()), forbid_dtd=True)


def _properties(root: Element) -> dict[str, list[str]]:
    """Name → values of the picture's own properties; of texts in many languages the default."""
    found: dict[str, list[str]] = {}
    for description in _descriptions(root):
        for name, value in description.attrib.items():
            found.setdefault(name, []).append(value)
        for child in description:
            found.setdefault(str(child.tag), []).extend(_values(child))
    return found


def _descriptions(root: Element) -> Iterator[Element]:
    frame = root if root.tag == _RDF + "RDF" else root.find(f".//{_RDF}RDF")
    if frame is not None:
        yield from frame.findall(_RDF + "Description")


def _values(node: Element) -> list[str]:
    items = node.findall(f"*/{_RDF}li")
    items.sort(key=lambda item: item.get(_LANGUAGE, "x-default") != "x-default")
    return ["".join(item.itertext()).strip() for item in (items or [node])]


def _degrees(text: str) -> float | None:
    """XMP's `DDD,MM.mmmmK` or `DDD,MM,SSK`, K one of N, S, E, W."""
    parts = text[:-1].split(",")
    if text[-1:].upper() not in ("N", "S", "E", "W") or len(parts) not in (2, 3):
        return None
    try:
        value = sum(float(part) / 60.0**power for power, part in enumerate(parts))
    except ValueError:
        return None
    return -value if text[-1:].upper() in ("S", "W") else value
