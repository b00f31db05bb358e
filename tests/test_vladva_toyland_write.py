import json
from pathlib import Path

import pytest
from PIL import Image

from vladva.errors import ConfigError
from vladva.toyland.invent import invent
from vladva.toyland.write import write, write_scenes

COUNT, SIZE = 12, 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("toyland")
    done = list(write(made, COUNT, "test", 3, SIZE))
    assert [one.done for one in done] == list(range(1, COUNT + 1))
    assert all(one.total == COUNT and one.path.is_file() for one in done)
    return made


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "scenes.jsonl").read_text("utf-8").splitlines()]


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_row_has_exactly_the_keys_of_the_contract(folder: Path) -> None:
    for row in rows(folder):
        assert set(row) == {
            "image", "seed", "things", "background", "time", "relations", "short", "long",
            "paraphrases", "negatives", "edits",
        }  # fmt: skip
        for name, keys in {
            "things": {"id", "kind", "colour", "size", "box", "visible"},
            "relations": {"from", "relation", "to", "holds"},
            "negatives": {"kind", "positive", "negative"},
            "edits": {"instruction", "target"},
        }.items():
            values = row[name]
            assert isinstance(values, list)
            assert all(set(value) == keys for value in values)
        assert isinstance(row["paraphrases"], list)
        assert all(len(pair) == 2 for pair in row["paraphrases"])


def test_every_path_of_a_row_is_a_picture_beside_its_caption(folder: Path) -> None:
    found = rows(folder)
    assert len(found) == COUNT
    for row in found:
        edits = row["edits"]
        assert isinstance(edits, list)
        for name in (str(row["image"]), *(edit["target"] for edit in edits)):
            with Image.open(folder / name) as image:
                assert (image.format, image.size) == ("JPEG", (SIZE, SIZE))
        caption = (folder / str(row["image"])).with_suffix(".txt").read_text("utf-8").strip()
        short = row["short"]
        assert isinstance(short, list)
        assert caption == short[0]


def test_photos_have_dates_over_years_two_cameras_and_mostly_a_place(tmp_path: Path) -> None:
    dates, cameras, places = set(), set(), 0
    for one in write(tmp_path, 40, "demo", 0, 32):
        with Image.open(one.path) as image:
            exif = image.getexif()
        taken = exif.get_ifd(0x8769)[0x9003]
        dates.add(taken[:4])
        cameras.add((exif[0x010F], exif[0x0110]))
        gps = exif.get_ifd(0x8825)
        places += bool(gps)
        if gps:
            assert gps[1] in "NS"
            assert gps[3] in "EW"
            assert 0 <= float(gps[2][0]) <= 90
            assert all(float(part) < 60 for part in (*gps[2][1:], *gps[4][1:]))
    assert len(dates) > 5
    assert len(cameras) == 2
    assert 25 < places < 40


def test_the_hour_of_a_photo_suits_its_light(folder: Path) -> None:
    for row in rows(folder):
        with Image.open(folder / str(row["image"])) as image:
            hour = int(image.getexif().get_ifd(0x8769)[0x9003][11:13])
        assert (9 <= hour <= 17) == (row["time"] == "day")


def test_the_same_seed_writes_the_same_bytes_elsewhere(folder: Path, tmp_path: Path) -> None:
    list(write(tmp_path / "again", COUNT, "test", 3, SIZE))
    assert content(tmp_path / "again") == content(folder)


def test_a_run_cut_short_goes_on_without_drawing_again(tmp_path: Path) -> None:
    list(write(tmp_path, 6, "test", 3, SIZE))
    whole = content(tmp_path)
    kept = tmp_path / "scene_00001.jpg"
    before = kept.stat().st_mtime_ns
    (tmp_path / "scene_00002.jpg").unlink()
    (tmp_path / "scene_00003.jpg.part").write_bytes(b"half")
    list(write(tmp_path, 6, "test", 3, SIZE))
    assert content(tmp_path) == whole
    assert kept.stat().st_mtime_ns == before


def test_another_size_or_seed_and_a_smaller_count_replace_what_was_there(tmp_path: Path) -> None:
    list(write(tmp_path, 6, "test", 3, SIZE))
    list(write(tmp_path, 4, "test", 8, 32))
    assert len(rows(tmp_path)) == 4
    assert {row["seed"] for row in rows(tmp_path)} == {8}
    assert len(list(tmp_path.glob("*.jpg"))) == len(list(tmp_path.glob("*.txt"))) == 4
    with Image.open(tmp_path / "scene_00000.jpg") as image:
        assert image.size == (32, 32)


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(ConfigError, match=r"holiday\.jpg"):
        write(tmp_path, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]
    (tmp_path / "holiday.jpg").rename(tmp_path / "scene_00001.jpg")
    with pytest.raises(ConfigError):
        write(tmp_path, 2)
    assert content(tmp_path) == {"scene_00001.jpg": b"mine"}


def test_a_folder_of_ours_with_a_foreign_file_added_is_refused(tmp_path: Path) -> None:
    list(write(tmp_path, 2, size=32))
    (tmp_path / "notes.txt").write_text("mine")
    before = content(tmp_path)
    with pytest.raises(ConfigError, match=r"notes\.txt"):
        write(tmp_path, 1, size=32)
    assert content(tmp_path) == before


@pytest.mark.parametrize(
    ("count", "size"), [(0, 64), (-1, 64), (2, 8)], ids=["none", "negative", "tiny"]
)
def test_numbers_that_cannot_work_are_refused(tmp_path: Path, count: int, size: int) -> None:
    with pytest.raises(ConfigError):
        write(tmp_path / "new", count, "test", 0, size)
    assert not (tmp_path / "new").exists()


def test_the_training_split_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Training"):
        write(tmp_path, 2, "train")
    with pytest.raises(ConfigError, match="Training"):
        write_scenes(tmp_path, [invent("train", 0, 0)])


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is a file"):
        write(tmp_path / "file", 1)
