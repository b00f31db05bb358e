"""One file → thumbnail, facts, hash and input; whatever is wrong with it is a value."""

import os
from pathlib import Path

import numpy as np
import pytest
from fakes import ColourPrepare, HostilePrepare, stamp_of, write_colour, write_photo
from PIL import ExifTags, Image

from vladva.images import open_image
from vladva.indexes import decode as decode_module
from vladva.indexes.decode import Decoded, Job, Unreadable, decode
from vladva.indexes.library import Library
from vladva.indexes.metadata import Metadata, read, sidecar_caption
from vladva.indexes.thumbs import drop_thumb, move_thumb, thumb_path, write_thumb
from vladva.protocols import Prepare

E = ExifTags.Base


def decoded(path: Path, thumb: Path | None = None, prepare: Prepare | None = None) -> Decoded:
    result = decode(Job(stamp_of(path), thumb and str(thumb)), prepare or ColourPrepare())
    assert isinstance(result, Decoded), result
    return result


def failed(path: Path, prepare: Prepare | None = None, **facts: int) -> Unreadable:
    result = decode(Job(stamp_of(path)._replace(**facts)), prepare or ColourPrepare())
    assert isinstance(result, Unreadable), result
    return result


def with_exif(
    path: Path,
    *,
    size: tuple[int, int] = (40, 20),
    ifd: dict[str, str] | None = None,
    gps: dict[int, object] | None = None,
    **tags: object,
) -> Path:
    exif = Image.Exif()
    for name, value in tags.items():
        exif[E[name]] = value
    if ifd:
        exif.get_ifd(ExifTags.IFD.Exif).update({E[name]: v for name, v in ifd.items()})
    if gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    Image.new("RGB", size, "teal").save(path, exif=exif)
    return path


def facts(path: Path) -> Metadata:
    return read(path.read_bytes(), str(path), open_image(path).size)


def test_one_read_gives_everything(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg", 3, size=(400, 200))
    (tmp_path / "a.txt").write_text(" a red bus \n", encoding="utf-8")
    result = decoded(photo, tmp_path / "t" / "x.jpg")
    assert result.stamp == stamp_of(photo)
    assert (result.metadata.width, result.metadata.height) == (400, 200)
    assert (result.metadata.caption, result.metadata.caption_source) == ("a red bus", "sidecar")
    expected = ColourPrepare()(open_image(photo))["histogram"]
    assert np.array_equal(result.prepared["histogram"], expected)
    with Image.open(tmp_path / "t" / "x.jpg") as thumb:
        assert thumb.size == (320, 160)
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["x.jpg"]


def test_the_hash_is_the_contents_and_nothing_elses(tmp_path: Path) -> None:
    one = write_photo(tmp_path / "a.jpg", 1)
    two = tmp_path / "b.jpg"
    two.write_bytes(one.read_bytes())
    other = write_photo(tmp_path / "c.jpg", 2)
    assert decoded(one).content == decoded(two).content != decoded(other).content


def test_the_stamp_is_that_of_the_bytes_that_were_read(tmp_path: Path) -> None:
    """Else a file that changes between walk and decode would keep its old vector for ever."""
    photo = write_photo(tmp_path / "a.jpg", 1)
    old = stamp_of(photo)
    write_photo(photo, 2, size=(90, 60))
    os.utime(photo, ns=(5, 5))
    result = decode(Job(old), ColourPrepare())
    assert isinstance(result, Decoded)
    assert result.stamp == stamp_of(photo)


def test_a_file_that_is_written_meanwhile_is_left_for_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = write_photo(tmp_path / "a.jpg", 1)
    real, looks = os.fstat, []

    def fstat(handle: int) -> os.stat_result:
        looks.append(handle)
        if len(looks) == 2:
            os.utime(photo, ns=(7, 7))
        return real(handle)

    monkeypatch.setattr(decode_module.os, "fstat", fstat)
    result = failed(photo)
    assert "being written" in result.reason
    assert not result.lasting


def test_broken_files_fail_for_good_and_missing_ones_for_now(tmp_path: Path) -> None:
    broken, empty = tmp_path / "b.jpg", tmp_path / "e.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing more")
    empty.touch()
    assert failed(broken).lasting
    assert failed(broken).hint
    assert "empty" in failed(empty).reason
    gone = write_photo(tmp_path / "gone.jpg", 1)
    job = Job(stamp_of(gone))
    gone.unlink()
    result = decode(job, ColourPrepare())
    assert isinstance(result, Unreadable)
    assert not result.lasting


def test_a_file_beyond_all_measure_is_not_even_read(tmp_path: Path) -> None:
    assert "larger" in failed(write_photo(tmp_path / "a.jpg", 1), size=2**40).reason


def test_a_picture_that_the_encoder_does_not_take_is_the_encoders_failure(tmp_path: Path) -> None:
    result = failed(write_colour(tmp_path / "a.jpg", "blue"), HostilePrepare())
    assert result.encoders_own
    assert "blue is not for me" in result.reason


def test_a_thumbnail_that_cannot_be_written_fails_for_now(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    photo = write_photo(tmp_path / "a.jpg", 1)
    result = decode(Job(stamp_of(photo), str(tmp_path / "file" / "t.jpg")), ColourPrepare())
    assert isinstance(result, Unreadable)
    assert not result.lasting


def test_an_encoder_that_needs_few_pixels_gets_a_reduced_decode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def opened(data: bytes, *, draft: int | None = None) -> Image.Image:
        asked.append(draft)
        return open_image(data, draft=draft)

    class Small(ColourPrepare):
        draft = 96

    monkeypatch.setattr(decode_module, "open_image", opened)
    photo = write_photo(tmp_path / "a.jpg", 1, size=(2000, 1000))
    result = decoded(photo, prepare=Small())
    decoded(photo)
    assert asked == [320, None]
    assert (result.metadata.width, result.metadata.height) == (2000, 1000)


def test_facts_come_from_exif(tmp_path: Path) -> None:
    photo = with_exif(
        tmp_path / "a.jpg",
        Make="Canon",
        Model="Canon EOS R6",
        DateTime="2030:01:01 00:00:00",
        ifd={"DateTimeOriginal": "2023:05:06 07:08:09", "OffsetTimeOriginal": "+02:00"},
        gps={1: "S", 2: (33.0, 51.0, 36.0), 3: "E", 4: (151.0, 12.0, 40.0)},
    )
    found = facts(photo)
    assert found.taken_at == "2023-05-06T07:08:09+02:00"
    assert found.camera == "Canon EOS R6"
    assert found.lat == pytest.approx(-33.86)
    assert found.lon == pytest.approx(151.2111111)


def test_makers_are_named_once_and_dates_need_no_offset(tmp_path: Path) -> None:
    photo = with_exif(
        tmp_path / "a.jpg",
        Make="NIKON\0",
        Model="Z 6",
        ifd={"DateTimeOriginal": "2023:05:06 07:08:09"},
    )
    assert facts(photo).camera == "NIKON Z 6"
    assert facts(photo).taken_at == "2023-05-06T07:08:09"
    other = with_exif(tmp_path / "b.jpg", DateTime="2021:02:03 04:05:06")
    assert facts(other).taken_at == "2021-02-03T04:05:06"


def test_nonsense_in_exif_is_nothing(tmp_path: Path) -> None:
    photo = with_exif(
        tmp_path / "a.jpg",
        ifd={"DateTimeOriginal": "0000:00:00 00:00:00"},
        gps={1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
    )
    found = facts(photo)
    assert (found.taken_at, found.camera, found.lat, found.lon) == (None, None, None, None)
    far = with_exif(tmp_path / "b.jpg", gps={1: "N", 2: (99.0, 0.0, 0.0), 3: "E", 4: (1.0, 0, 0)})
    assert (facts(far).lat, facts(far).lon) == (None, None)
    assert read(b"no picture", "/nowhere/x.jpg", (7, 5)).width == 7


def test_the_size_is_the_upright_one(tmp_path: Path) -> None:
    turned = with_exif(tmp_path / "a.jpg", size=(40, 20), Orientation=6)
    assert (facts(turned).width, facts(turned).height) == (20, 40)


def test_a_caption_lies_beside_the_photo_under_either_name(tmp_path: Path) -> None:
    photo = str(tmp_path / "a.b.jpg")
    assert sidecar_caption(photo) is None
    (tmp_path / "a.b.jpg.txt").write_bytes(b"\xef\xbb\xbfsecond \xff choice")
    assert sidecar_caption(photo) == "second \ufffd choice"
    (tmp_path / "a.b.txt").write_text("first choice")
    assert sidecar_caption(photo) == "first choice"
    (tmp_path / "a.b.txt").write_text("  \n")
    assert sidecar_caption(photo) == "second \ufffd choice"


def test_thumbnails_keep_the_shape_and_small_pictures_their_size(tmp_path: Path) -> None:
    for size, expected in {(3000, 10): (320, 1), (200, 800): (80, 320), (50, 60): (50, 60)}.items():
        write_thumb(Image.new("RGB", size), str(tmp_path / "t.jpg"))
        with Image.open(tmp_path / "t.jpg") as thumb:
            assert thumb.size == expected


def test_thumbnails_follow_the_id_and_lead_nowhere_else(tmp_path: Path) -> None:
    with Library.open(tmp_path / "l", create=True) as library:
        one, two = "ab" * 12, "cd" * 12
        write_thumb(Image.new("RGB", (4, 4)), str(thumb_path(library, one)))
        move_thumb(library, one, two)
        assert not thumb_path(library, one).exists()
        assert thumb_path(library, two).exists()
        move_thumb(library, one, two)
        drop_thumb(library, two)
        drop_thumb(library, two)
        assert not thumb_path(library, two).exists()
        for evil in ("../../etc", "", "a/b", "ä" * 24):
            assert thumb_path(library, evil) == thumb_path(library, "none")
