"""JSONL files and folders as rows: routing, bad rows, what is refused and in which words."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from rows_on_disk import captioned, photo, shard_files, write_jsonl, write_photos, write_tar

from vladva.errors import DataError, ImageError
from vladva.trainer.data import Data, Routing, open_data
from vladva.trainer.read_folder import Folder
from vladva.trainer.read_jsonl import JsonLines

PLAIN = Routing()


def one(tmp_path: Path, routing: Routing = PLAIN, **fields: Any) -> Any:
    """The only row of a file with these fields."""
    write_photos(tmp_path, 1)
    path = write_jsonl(tmp_path / "one.jsonl", [{"image": "000.png", **fields}])
    return open_data(path, routing)[0]


def reasons(tmp_path: Path, *rows: dict[str, Any] | str) -> list[str]:
    """Why these rows are bad."""
    write_photos(tmp_path, 1)
    return [row.reason for row in JsonLines(write_jsonl(tmp_path / "x.jsonl", rows), PLAIN).bad]


def test_fields_say_which_loss_a_caption_feeds(tmp_path: Path) -> None:
    example = one(tmp_path, short="word " * 40, long=["tiny", ""])
    assert (example.short, example.long) == (("word " * 39 + "word",), ("tiny",))


def test_a_bare_caption_is_routed_by_its_words(tmp_path: Path) -> None:
    example = one(tmp_path, caption=["w " * 24, "w " * 25])
    assert [len(text.split()) for text in (*example.short, *example.long)] == [24, 25]
    assert len(example.short) == len(example.long) == 1
    assert one(tmp_path, Routing(short_words=3), text="one two three").long == ("one two three",)


def test_several_captions_of_a_picture_make_a_long_one_on_request(tmp_path: Path) -> None:
    assert one(tmp_path, Routing(join=True), short=["A dog", "It runs."]).long == (
        "A dog. It runs.",
    )
    assert one(tmp_path, Routing(join=True), short=["A dog", "It runs."], long="x").long == ("x",)
    assert one(tmp_path, Routing(join=True), short=["A dog", "A dog"]).long == ()
    assert one(tmp_path, short=["A dog", "It runs."]).long == ()


def test_negatives_paraphrases_and_edits_come_as_toyland_writes_them(tmp_path: Path) -> None:
    example = one(
        tmp_path,
        short="a",
        negatives=[{"kind": "swap", "positive": "p", "negative": "n"}, "m"],
        paraphrases=[["one", "other"]],
        edits=[{"instruction": "turn it", "target": "000.png"}],
    )
    assert example.negatives == ("n", "m")
    assert example.paraphrases == (("one", "other"),)
    assert example.edits[0].instruction == "turn it"
    assert example.edits[0].target.load().size == (8, 8)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object but a list"),
        ('{"image": ' + "[" * 100_000, "nested too deeply"),
        ({"short": "a"}, "no 'image'"),
        ({"image": 3, "short": "a"}, "no 'image'"),
        ({"image": "gone.png", "short": "a"}, "no such picture: gone.png"),
        ({"image": "\0", "short": "a"}, "no such picture"),
        ({"image": "https://x.org/a.jpg", "short": "a"}, "fetch the pictures first"),
        ({"image": "000.png"}, "no caption"),
        ({"image": "000.png", "short": " "}, "no caption"),
        ({"image": "000.png", "short": {"a": 1}}, "'short' is neither a text nor a list of texts"),
        ({"image": "000.png", "long": ["a", 3]}, "'long' is neither"),
        ({"image": "000.png", "short": "a", "negatives": "x"}, "'negatives' is not a list"),
        ({"image": "000.png", "short": "a", "negatives": [{"x": 1}]}, "'negatives' holds"),
        ({"image": "000.png", "short": "a", "paraphrases": [["a"]]}, "'paraphrases' holds"),
        ({"image": "000.png", "short": "a", "edits": [{"instruction": "x"}]}, "'edits' holds"),
        (
            {"image": "000.png", "short": "a", "edits": [{"instruction": "x", "target": "no"}]},
            "no such picture: no",
        ),
    ],
)
def test_each_kind_of_bad_row_is_told_apart(
    tmp_path: Path, row: dict[str, Any] | str, reason: str
) -> None:
    (found,) = reasons(tmp_path, row)
    assert reason in found


def test_bytes_that_are_no_text_are_a_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"image": "\xff"}\n')
    assert JsonLines(path, PLAIN).bad[0].reason == "not UTF-8"


def test_bad_rows_are_listed_by_line_and_blank_lines_count(tmp_path: Path) -> None:
    names = write_photos(tmp_path, 3)
    rows = [{"image": name, "short": "a"} for name in names]
    path = write_jsonl(tmp_path / "x.jsonl", [rows[0], "", "{", rows[1], "   ", "{}", rows[2]])
    data = JsonLines(path, PLAIN)
    assert [row.name for row in data.bad] == ["x.jsonl:3", "x.jsonl:6"]
    assert [data[i].name for i in range(len(data))] == ["x.jsonl:1", "x.jsonl:4", "x.jsonl:7"]


def test_a_hundredth_of_bad_rows_is_borne_and_more_is_not(tmp_path: Path) -> None:
    (name,) = write_photos(tmp_path, 1)
    good = [{"image": name, "short": "a"}] * 198
    data = open_data(write_jsonl(tmp_path / "x.jsonl", [*good, "{", "{"]), PLAIN)
    assert (len(data), len(data.bad)) == (198, 2)
    path = write_jsonl(tmp_path / "y.jsonl", [*good, "{", "{", "{}"])
    with pytest.raises(DataError, match=r"3 of 201 rows .*; at most 1% may be\n  y.jsonl:199: "):
        open_data(path, PLAIN)
    assert len(open_data(path, PLAIN, allow_bad=0.02)) == 198


def test_a_file_without_a_good_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"1 of 1 rows .* cannot be used\n  x.jsonl:1: not JSON"):
        open_data(write_jsonl(tmp_path / "x.jsonl", ["{"]), PLAIN, allow_bad=1.0)
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(DataError, match="nothing to train on"):
        open_data(tmp_path / "empty.jsonl", PLAIN)


def test_a_caption_of_ten_thousand_words_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    write_photos(tmp_path, 1)
    path = tmp_path / "x.jsonl"
    row = json.dumps({"image": "000.png", "caption": "word " * 10_000})
    path.write_bytes(b"\xef\xbb\xbf" + row.encode() + b"\r\n" + row.encode())
    data = open_data(path, PLAIN)
    assert [len(data[i].long[0].split()) for i in range(2)] == [10_000, 10_000]


def test_a_line_without_end_is_a_bad_row_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vladva.trainer.read_jsonl.MAX_BYTES", 1000)
    write_photos(tmp_path, 1)
    row = {"image": "000.png", "short": "a"}
    path = write_jsonl(tmp_path / "x.jsonl", [{**row, "short": "a" * 5000}, row])
    data = JsonLines(path, PLAIN)
    assert [bad.name for bad in data.bad] == ["x.jsonl:1"]
    assert data[0].name == "x.jsonl:2"


def test_the_fields_of_a_folder_come_from_both_sidecars(tmp_path: Path) -> None:
    write_photos(tmp_path / "in" / "deep", 2)
    (tmp_path / "in/deep/000.txt").write_text("A dog.\n\n" + "w " * 30 + "\n", encoding="utf-8")
    (tmp_path / "in/deep/000.json").write_text('{"short": ["A dog.", "A cat."], "width": 3}')
    (tmp_path / "in/deep/notes.txt").write_text("no picture of mine")
    data = open_data(tmp_path, PLAIN)
    assert isinstance(data, Folder)
    assert data[0].name == "in/deep/000.png"
    assert data[0].short == ("A dog.", "A cat.")
    assert len(data[0].long) == len(data) == data.uncaptioned == 1


def test_an_empty_sidecar_is_a_bad_row(tmp_path: Path) -> None:
    write_photos(tmp_path, 2)
    (tmp_path / "000.txt").write_text("\n")
    (tmp_path / "001.txt").write_bytes(b"\xff\xfe\xff")
    data = Folder(tmp_path, PLAIN)
    assert [(row.name, row.reason[:12]) for row in data.bad] == [
        ("000.png", "no caption i"),
        ("001.png", "its captions"),
    ]


def test_pictures_without_captions_are_rows_where_captions_will_be_made(tmp_path: Path) -> None:
    write_photos(tmp_path, 3)
    with pytest.raises(DataError, match="nothing to train on") as caught:
        open_data(tmp_path, PLAIN)
    assert "--set captions.generate=true" in caught.value.hint
    data = open_data(tmp_path, Routing(captionless=True))
    assert (len(data), data[0].short, data[0].long) == (3, (), ())


def test_a_folder_without_sidecars_names_the_file_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "meta.jsonl").write_text("{}")
    with pytest.raises(DataError) as caught:
        open_data(tmp_path, PLAIN)
    assert "meta.jsonl" in caught.value.hint


@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.json"])
def test_a_file_of_another_kind_is_told_what_is_accepted(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("image,caption")
    with pytest.raises(DataError) as caught:
        open_data(tmp_path / name, PLAIN)
    assert ".jsonl" in caught.value.hint
    with pytest.raises(DataError, match="no such file"):
        open_data(tmp_path / "gone.jsonl", PLAIN)


def every_layout(tmp_path: Path) -> list[Data]:
    """The same three pictures and captions in each layout."""
    folder = tmp_path / "folder"
    for number, name in enumerate(write_photos(folder, 3)):
        (folder / name).with_suffix(".txt").write_text(f"photo number {number}")
    rows = [{"image": f"{i:03}.png", "short": f"photo number {i}"} for i in range(3)]
    jsonl = write_jsonl(folder / "rows.jsonl", rows)
    tar = write_tar(tmp_path / "a.tar", shard_files(3))
    return [open_data(path, PLAIN) for path in (folder, jsonl, tar)]


def test_every_layout_says_the_same_and_travels_to_another_process(tmp_path: Path) -> None:
    for data in every_layout(tmp_path):
        copy = pickle.loads(pickle.dumps(data))  # noqa: S301
        assert [copy[i].short for i in range(3)] == [(f"photo number {i}",) for i in range(3)]
        assert [copy[i].image.load().tobytes() for i in range(3)] == [
            data[i].image.load().tobytes() for i in range(3)
        ]
        assert len(set(data.pictures.tolist())) == 3


def test_a_picture_has_the_same_number_wherever_the_data_lies(tmp_path: Path) -> None:
    one, other = (captioned(tmp_path / name, 3) for name in ("here", "there"))
    assert (
        open_data(one, PLAIN).pictures.tolist() == open_data(other, PLAIN).pictures.tolist() != []
    )
    row = {"short": "a"}
    again = [{"image": "./000.png", **row}, {"image": "sub/../000.png", **row}]
    (tmp_path / "here/sub").mkdir()
    data = open_data(write_jsonl(tmp_path / "here/y.jsonl", again), PLAIN)
    assert len(set(data.pictures.tolist())) == 1


def test_a_row_that_changed_after_it_was_checked_is_told(tmp_path: Path) -> None:
    path = captioned(tmp_path, 3)
    data = open_data(path, PLAIN)
    (tmp_path / "001.png").unlink()
    with pytest.raises(ImageError, match="gone"):
        data[1].image.load()
    path.write_text("{}\n")
    with pytest.raises(DataError, match=r"train.jsonl:2 has changed"):
        data[1]


def test_a_picture_that_is_none_is_told_when_it_is_loaded(tmp_path: Path) -> None:
    data = open_data(captioned(tmp_path, 1), PLAIN)
    (tmp_path / "000.png").write_bytes(photo(0)[:40])
    with pytest.raises(ImageError):
        data[0].image.load()


def test_flickr8k_is_read_whole(shared_data: Path) -> None:
    data = open_data(shared_data / "flickr8k" / "train.jsonl", Routing(join=True))
    assert (len(data), len(data.bad)) == (6000, 0)
    assert all(len(data[i].short) >= 1 and len(data[i].long) == 1 for i in range(0, 6000, 500))
    assert len(pickle.dumps(data)) < 40 * len(data)
