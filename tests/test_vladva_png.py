"""A PNG with a wrong checksum: lost words cost words, a damaged picture is refused."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tiny
from fakes import ColourPrepare, stamp_of

from vladva.errors import ImageError
from vladva.images import open_image
from vladva.indexes.decode import Decoded, Job, decode
from vladva.png import SIGNATURE, without_broken_extras


def chunk(kind: bytes, body: bytes, *, sound: bool = True) -> bytes:
    check = zlib.crc32(kind + body) ^ (not sound)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def png(*extras: bytes) -> bytes:
    stream = io.BytesIO()
    tiny.picture(60, 40).save(stream, "PNG")
    whole = stream.getvalue()
    header = len(SIGNATURE) + 25
    return whole[:header] + b"".join(extras) + whole[header:]


def spoilt(content: bytes, kind: bytes) -> bytes:
    """With a wrong checksum in the first chunk of a kind."""
    data, at = bytearray(content), content.find(kind)
    (size,) = struct.unpack(">I", content[at - 4 : at])
    data[at + 4 + size] ^= 1
    return bytes(data)


@pytest.mark.parametrize("kind", [b"tEXt", b"pHYs", b"iCCP", b"zzZz"])
def test_a_wrong_checksum_in_an_extra_chunk_does_not_cost_the_picture(kind: bytes) -> None:
    broken = png(chunk(kind, b"Title\0 a pier", sound=False))
    assert np.array_equal(np.asarray(open_image(broken)), np.asarray(tiny.picture(60, 40)))


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE"])
def test_a_wrong_checksum_in_a_chunk_of_the_picture_is_refused(kind: bytes) -> None:
    stream = io.BytesIO()
    tiny.picture(60, 40).quantize(16).save(stream, "PNG")
    assert open_image(stream.getvalue()).size == (60, 40)
    with pytest.raises(ImageError, match="damaged"):
        open_image(spoilt(stream.getvalue(), kind))


def test_sound_extras_stay_beside_a_broken_one(tmp_path: Path) -> None:
    good, bad = (
        chunk(b"tEXt", b"Description\0two dogs"),
        chunk(b"tIME", b"1234567", sound=False),
    )
    assert without_broken_extras(io.BytesIO(png(bad, good, bad))) == png(good)
    path = tmp_path / "a.png"
    path.write_bytes(png(bad, good))
    made = decode(Job(stamp_of(path)), ColourPrepare())
    assert isinstance(made, Decoded)
    assert made.metadata.caption == "two dogs"


@pytest.mark.parametrize(
    "content", [png(), png(chunk(b"tEXt", b"a\0b")), b"", b"GIF89a", SIGNATURE, png()[:50]]
)
def test_what_has_no_broken_extras_is_not_copied(content: bytes) -> None:
    assert without_broken_extras(io.BytesIO(content)) is None


def test_a_chunk_that_reaches_beyond_the_file_ends_the_search() -> None:
    endless = struct.pack(">I", 2**32 - 1) + b"tEXt" + b"x" * 100
    assert without_broken_extras(io.BytesIO(png(endless))) is None


def test_an_open_file_is_mended_as_its_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(chunk(b"tEXt", b"a\0b", sound=False)))
    assert open_image(path).size == (60, 40)
