"""The adapters of a library: kept, chosen, searched with, and the way back."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from app_adapters import load_with_adapter, write_adapter
from app_colours import paint
from app_fakes import index

import vladva.encoders
from vladva.app.__main__ import run
from vladva.app.adapters import NONE, PACKAGED, Adapters
from vladva.app.session import Session
from vladva.app.sources import Source, load_chosen, named_source, source_of
from vladva.app.wish import Wish
from vladva.errors import ConfigError, LibraryError, ModelError
from vladva.indexes.library import Active, Library
from vladva.protocols import Encoder


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vladva.encoders, "load_encoder", load_with_adapter)


def call(capsys: pytest.CaptureFixture[str], folder: Path, *args: str, code: int = 0) -> str:
    assert run(["--library", str(folder), *args]) == code
    return capsys.readouterr().out


def searched(capsys: pytest.CaptureFixture[str], folder: Path) -> str:
    answer = json.loads(call(capsys, folder, "search", "red", "--no-server", "--json"))
    assert Path(answer["results"][0]["path"]).name == "red.jpg"
    return str(answer["fingerprint"])


def listed(capsys: pytest.CaptureFixture[str], folder: Path) -> dict[str, dict[str, Any]]:
    rows = json.loads(call(capsys, folder, "adapters", "--json"))
    return {row["name"]: row for row in rows}


def test_the_same_adapter_is_kept_once_and_another_one_of_its_name_beside_it(
    library: Library, tmp_path: Path
) -> None:
    adapters = Adapters(library)
    folder = write_adapter(tmp_path / "holiday")
    (folder / "checkpoint.bin").write_bytes(b"not an adapter's file")
    kept = adapters.keep(folder, "holiday", "mini", "accepted", {"image_R@10": 50.0})
    assert sorted(file.name for file in kept.folder.iterdir()) == [
        "adapter.json",
        "adapter.safetensors",
    ]
    assert adapters.keep(folder, "holiday", "mini").name == "holiday"
    assert adapters.find("holiday").verdict == "accepted"  # the second time said nothing of it
    write_adapter(folder, b"others")
    assert adapters.keep(folder, "holiday", "mini").name == "holiday-2"
    assert adapters.find("holiday").folder.joinpath("adapter.safetensors").read_bytes() == b"some"
    assert [one.name for one in adapters.all()] == ["holiday", "holiday-2"]


@pytest.mark.parametrize(("name", "kept"), [(PACKAGED, "packaged-2"), (NONE, "none-2")])
def test_a_name_that_means_something_else_is_not_given(
    name: str, kept: str, library: Library, tmp_path: Path
) -> None:
    folder = write_adapter(tmp_path / "made")
    assert Adapters(library).keep(folder, name, "mini").name == kept


def test_what_a_folder_says_of_itself_is_known_where_nobody_said_more(
    library: Library, tmp_path: Path
) -> None:
    metrics = {"before": {"image_R@10": 1.0}, "after": {"image_R@10": 2.0}}
    folder = write_adapter(tmp_path / "made", verdict="refused", metrics=metrics)
    kept = Adapters(library).keep(folder, "made", "mini")
    assert (kept.verdict, kept.metrics) == ("refused", {"image_R@10": 2.0})
    shutil.copytree(folder, library.folder / "adapters" / "by-hand")
    assert Adapters(library).find("by-hand").model == "mini"


def test_choices_are_per_base_and_go_back_one_by_one(library: Library) -> None:
    adapters = Adapters(library)
    assert adapters.chosen("mini") == PACKAGED
    adapters.choose("mini", "one")
    adapters.choose("mini", "one")  # no change, nothing to undo
    adapters.choose("qwen2-vl-2b", "two")
    assert adapters.chosen("Qwen/Qwen2-VL-2B-Instruct") == "two"  # the same base by its hub id
    adapters.choose("mini", "three")
    back = [adapters.rollback() for _ in range(3)]
    assert [(change.model, change.before, change.after) for change in back] == [
        ("mini", "three", "one"),
        ("qwen2-vl-2b", "two", PACKAGED),
        ("mini", "one", PACKAGED),
    ]
    with pytest.raises(ConfigError, match="nothing to go back to"):
        adapters.rollback()


def test_a_wrong_name_gets_its_nearest_and_a_folder_that_is_none_the_remedy(
    library: Library, tmp_path: Path
) -> None:
    adapters = Adapters(library)
    with pytest.raises(ConfigError) as none:
        adapters.find("holiday")
    assert "vladva train" in none.value.hint
    adapters.keep(write_adapter(tmp_path / "made"), "holiday", "mini")
    with pytest.raises(ConfigError, match="no adapter called 'holyday'") as wrong:
        adapters.find("holyday")
    assert "Did you mean 'holiday'?" in wrong.value.hint
    with pytest.raises(ConfigError):
        adapters.find("../adapters/holiday")
    with pytest.raises(ConfigError, match="is not an adapter"):
        adapters.keep(tmp_path, "tmp", "mini")


def test_a_copy_that_fails_leaves_nothing_behind(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(LibraryError, match="No space left") as error:
        Adapters(library).keep(write_adapter(tmp_path / "made"), "holiday", "mini")
    assert "--adapter" in error.value.hint
    assert list((library.folder / "adapters").iterdir()) == []


def test_searches_follow_the_vectors_not_the_choice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, photos = tmp_path / "library", paint(tmp_path / "photos")
    call(capsys, folder, "index", str(photos), "--model", "mini")
    assert searched(capsys, folder) == "mini+packaged"
    with Library.open(folder, create=False) as library:
        Adapters(library).keep(write_adapter(tmp_path / "one"), "one", "mini", "undecided")
    said = call(capsys, folder, "adapters", "use", "one")
    assert "6 photos have to be embedded anew" in said
    assert f"vladva --library {folder} index {photos}\n" in said
    assert searched(capsys, folder) == "mini+packaged"
    row = listed(capsys, folder)["one"]
    assert (row["in_use"], row["searched"], row["verdict"]) == (True, False, "undecided")
    assert "after `vladva index`" in call(capsys, folder, "adapters")

    call(capsys, folder, "index", str(photos))
    new = searched(capsys, folder)
    assert new not in ("mini+packaged", "mini+None")
    row = listed(capsys, folder)["one"]
    assert (row["in_use"], row["searched"]) == (True, True)
    assert "searched with it already" in call(capsys, folder, "adapters", "use", "one")

    said = call(capsys, folder, "adapters", "rollback")
    assert "6 photos have to be embedded anew" in said  # the old vectors were given back
    assert searched(capsys, folder) == new
    call(capsys, folder, "index", str(photos))
    assert searched(capsys, folder) == "mini+packaged"


def test_an_adapter_by_its_folder_is_copied_so_that_searches_outlive_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, photos = tmp_path / "library", paint(tmp_path / "photos")
    made = write_adapter(tmp_path / "made")
    call(capsys, folder, "index", str(photos), "--adapter", str(made))
    first = searched(capsys, folder)
    write_adapter(made, b"trained on")
    assert searched(capsys, folder) == first
    call(capsys, folder, "index", str(photos))  # and the next run goes on with it
    assert searched(capsys, folder) == first
    call(capsys, folder, "index", str(photos), "--adapter", str(made))
    assert searched(capsys, folder) != first
    assert listed(capsys, folder).keys() == {"made", "made-2"}
    call(capsys, folder, "index", str(photos), "--adapter", "made")
    assert searched(capsys, folder) == first
    call(capsys, folder, "index", str(photos), "--adapter", "none")
    assert searched(capsys, folder) == "mini+None"


def test_an_adapter_brings_its_base_along(library: Library, tmp_path: Path) -> None:
    base = tmp_path / "checkpoint"
    base.mkdir()
    facts = {"base": {"name": "checkpoint", "fingerprint": "f"}}
    Adapters(library).keep(write_adapter(tmp_path / "made", **facts), "made", str(base))
    source = named_source(library, None, "made")
    assert source == Source(str(base), "made")
    encoder = load_chosen(library, source, "made", load_with_adapter)
    library.activate(encoder.name, encoder.fingerprint, encoder.dim)
    assert source_of(library, Active("checkpoint", encoder.fingerprint, 4)) == source
    again = str(write_adapter(tmp_path / "again", b"2", **facts))  # says only "checkpoint"
    load_chosen(library, named_source(library, None, again), again, load_with_adapter)
    assert Adapters(library).find("again").model == str(base)
    drawn = str(write_adapter(tmp_path / "drawn"))
    assert named_source(library, None, drawn).model == "mini"
    assert named_source(library, "qwen2-vl-2b", drawn).model == "qwen2-vl-2b"


def test_an_adapter_that_does_not_load_is_neither_kept_nor_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str, **_options: object) -> Encoder:
        raise ModelError("made for another base")

    monkeypatch.setattr(vladva.encoders, "load_encoder", refuse)
    folder, photos = tmp_path / "library", paint(tmp_path / "photos")
    call(
        capsys,
        folder,
        "index",
        str(photos),
        "--adapter",
        str(write_adapter(tmp_path / "a")),
        code=1,
    )
    assert listed(capsys, folder) == {}
    with Library.open(folder, create=False) as library:
        assert Adapters(library).chosen("mini") == PACKAGED


def test_an_unknown_adapter_is_an_error_before_any_model_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = paint(tmp_path / "photos")
    assert run(["--library", str(tmp_path / "l"), "index", str(photos), "--adapter", "nix"]) == 1
    assert "no adapter called 'nix'" in capsys.readouterr().err
    assert (
        run(["--library", str(tmp_path / "l"), "index", str(photos), "--adapter", str(photos)]) == 1
    )
    assert "is not an adapter" in capsys.readouterr().err


def test_a_copy_that_was_deleted_is_named_with_the_way_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, photos = tmp_path / "library", paint(tmp_path / "photos")
    call(capsys, folder, "index", str(photos), "--adapter", str(write_adapter(tmp_path / "made")))
    shutil.rmtree(folder / "adapters" / "made")
    assert run(["--library", str(folder), "search", "red", "--no-server"]) == 1
    said = capsys.readouterr().err
    assert "'made' of this library is gone" in said
    assert "--adapter packaged" in said
    call(capsys, folder, "index", str(photos), "--adapter", "packaged")
    assert searched(capsys, folder) == "mini+packaged"


def test_a_page_that_runs_takes_over_when_another_program_has_embedded_anew(
    library: Library, tmp_path: Path
) -> None:
    photos, session = paint(tmp_path / "photos"), Session(library, load_with_adapter)
    index(library, photos, encoder=session.encoder("mini"))
    other = load_chosen(library, Source("mini", NONE), NONE, load_with_adapter)
    index(library, photos, encoder=other)
    assert session.find(Wish("red", limit=1))["fingerprint"] == "mini+None"


def test_the_first_run_of_a_page_embeds_with_the_adapter_in_use(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        adapters = Adapters(library)
        kept = adapters.keep(write_adapter(tmp_path / "made"), "made", "mini")
        adapters.choose("mini", kept.name)
        encoder = Session(library, load_with_adapter).encoder("mini")
        assert encoder.fingerprint not in ("mini+packaged", "mini+None")
        active = Active("mini", encoder.fingerprint, encoder.dim)
        assert source_of(library, active) == Source("mini", "made")


def test_the_list_is_a_table_or_objects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "library"
    with Library.open(folder, create=True) as library:
        assert "vladva train" in call(capsys, folder, "adapters")
        assert call(capsys, folder, "adapters", "--json") == "[]\n"
        made = write_adapter(tmp_path / "made")
        metrics = {"image_R@1": 5.0, "image_R@10": 50.0, "text_R@10": 61.25}
        Adapters(library).keep(made, "holiday", "mini", "refused", metrics)
    head, line = call(capsys, folder, "adapters").splitlines()
    assert head.split() == ["name", "base", "verdict", "held", "out", "date", "in", "use"]
    assert line.split()[:3] == ["holiday", "mini", "refused"]
    assert "image_R@10 50.0, text_R@10 61.2" in line
    (row,) = json.loads(call(capsys, folder, "adapters", "--json"))
    assert set(row) == {
        "name", "model", "verdict", "metrics", "date", "in_use", "searched", "folder",
    }  # fmt: skip
    assert row["metrics"] == metrics


def test_wrong_words_after_adapters_get_the_nearest_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library.open(tmp_path / "library", create=True):
        pass
    library = ["--library", str(tmp_path / "library"), "adapters"]
    assert run([*library, "rolback"]) == 2
    assert "Did you mean 'rollback'?" in capsys.readouterr().err
    assert run([*library, "use", "nix"]) == 1
    assert run([*library, "rollback"]) == 1
    assert "nothing to go back to" in capsys.readouterr().err
    assert run(["--library", str(tmp_path / "none"), "adapters"]) == 1
