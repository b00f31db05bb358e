"""One file → thumbnail, facts, hash and input; whatever is wrong with it is a value."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from fakes import ColourPrepare, HostilePrepare, stamp_of, write_colour, write_photo
from PIL import Image
from raws import dng

from vladva.images import Picture, open_image, open_picture
from vladva.indexes import decode as decode_module
from vladva.indexes.decode import Decoded, Job, Unreadable, decode
from vladva.indexes.library import Library
from vladva.indexes.thumbs import drop_thumb, lay_thumb, lift_thumb, thumb_path, write_thumb
from vladva.protocols import Prepare


def decoded(path: Path, thumb: Path | None = None, prepare: Prepare | None = None) -> Decoded:
    result = decode(Job(stamp_of(path), thumb and str(thumb)), prepare or ColourPrepare())
    assert isinstance(result, Decoded), result
    return result


def failed(path: Path, prepare: Prepare | None = None, **facts: int) -> Unreadable:
    result = decode(Job(stamp_of(path)._replace(**facts)), prepare or ColourPrepare())
    assert isinstance(result, Unreadable), result
    return result


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


def test_a_file_beyond_all_measure_is_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the size that it has now: it may have grown since it was seen."""
    monkeypatch.setattr(decode_module, "MAX_BYTES", 1000)
    photo = write_photo(tmp_path / "a.jpg", 1, size=(400, 300))
    assert "larger" in failed(photo, size=10).reason


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.timeout(20)
def test_a_file_that_became_a_pipe_or_a_device_does_not_hold_a_child_up(tmp_path: Path) -> None:
    pipe = tmp_path / "a.jpg"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        result = failed(path)
        assert "not a file" in result.reason
        assert not result.lasting


def test_no_more_is_read_of_a_file_that_grows_than_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = write_photo(tmp_path / "a.jpg", 1)
    real = os.fstat

    def fstat(handle: int) -> os.stat_result:
        facts = real(handle)
        with photo.open("ab") as file:
            file.write(bytes(5000))
        return facts

    monkeypatch.setattr(decode_module.os, "fstat", fstat)
    result = failed(photo)
    assert "being written" in result.reason
    assert not result.lasting


def test_a_decoder_that_finds_no_memory_may_have_been_starved_by_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hungry(_self: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", hungry)
    assert failed(write_photo(tmp_path / "a.jpg", 1)).starved


def test_what_kind_of_file_it_was_is_told(tmp_path: Path) -> None:
    still, moving = Image.new("RGB", (40, 20), "red"), Image.new("RGB", (40, 20), "blue")
    still.save(tmp_path / "a.jpg", "WEBP", save_all=True, append_images=[moving])
    stream = io.BytesIO()
    Image.new("RGB", (600, 450), "lime").save(stream, "JPEG")
    (tmp_path / "b.dng").write_bytes(dng(stream.getvalue(), (600, 450), orientation=6))
    (tmp_path / "t").mkdir()
    shown = decoded(tmp_path / "a.jpg").metadata
    assert (shown.format, shown.animated) == ("webp", 1)
    raw = decoded(tmp_path / "b.dng", tmp_path / "t" / "b.jpg").metadata
    assert (raw.format, raw.animated, raw.width, raw.height) == ("raw", 0, 480, 640)
    with Image.open(tmp_path / "t" / "b.jpg") as thumb:
        assert thumb.size == (240, 320)


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

    def opened(data: bytes, *, draft: int | None = None) -> Picture:
        asked.append(draft)
        return open_picture(data, draft=draft)

    class Small(ColourPrepare):
        draft = 96

    monkeypatch.setattr(decode_module, "open_picture", opened)
    photo = write_photo(tmp_path / "a.jpg", 1, size=(2000, 1000))
    result = decoded(photo, prepare=Small())
    decoded(photo)
    assert asked == [320, None]
    assert (result.metadata.width, result.metadata.height) == (2000, 1000)


def test_thumbnails_keep_the_shape_and_small_pictures_their_size(tmp_path: Path) -> None:
    for size, expected in {(3000, 10): (320, 1), (200, 800): (80, 320), (50, 60): (50, 60)}.items():
        write_thumb(Image.new("RGB", size), str(tmp_path / "t.jpg"))
        with Image.open(tmp_path / "t.jpg") as thumb:
            assert thumb.size == expected


def test_thumbnails_follow_the_id_and_lead_nowhere_else(tmp_path: Path) -> None:
    with Library.open(tmp_path / "l", create=True) as library:
        one, two = "ab" * 12, "cd" * 12
        write_thumb(Image.new("RGB", (4, 4)), str(thumb_path(library, one)))
        lay_thumb(library, lift_thumb(library, one), two)
        assert not thumb_path(library, one).exists()
        assert thumb_path(library, two).exists()
        lay_thumb(library, lift_thumb(library, one), two)
        assert [file.name for file in (library.folder / "thumbs").rglob("*.*")] == [f"{two}.jpg"]
        drop_thumb(library, two)
        drop_thumb(library, two)
        assert not thumb_path(library, two).exists()
        for evil in ("../../etc", "", "a/b", "ä" * 24):
            assert thumb_path(library, evil) == thumb_path(library, "none")
