"""Values as words: durations, sizes, paths, notices, and 80 columns."""

from pathlib import Path

import pytest

from vladva.app.json_text import to_json
from vladva.app.notices import photograph_notice
from vladva.app.present_models import size
from vladva.app.present_progress import duration
from vladva.app.present_run import NOTHING, event_line, summary_lines
from vladva.app.present_search import shorter
from vladva.app.present_status import SHOWN_FAILURES, status_table
from vladva.indexes.events import Skipped, Summary


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.84, "0.8 s"), (42.4, "42 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (59.7, "60 s")],
)
def test_seconds_are_said_as_a_person_says_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (1500, "2 kB"), (32_000_000, "32 MB"), (4_300_000_000, "4.3 GB")],
)
def test_bytes_are_said_as_a_person_says_them(count: int, said: str) -> None:
    assert size(count) == said


def summary(**counts: int) -> Summary:
    names = ("copies", "unchanged", "moved", "removed", "skipped", "offline_roots", "decodes")
    return Summary(
        indexed=counts.get("indexed", 0),
        encodes=counts.get("encodes", 0),
        seconds=2.0,
        images_per_second=200.0,
        **{name: counts.get(name, 0) for name in names},
    )


def test_a_summary_says_what_there_is_to_say() -> None:
    assert summary_lines(summary(unchanged=400)) == "Indexed 0 photos in 2.0 s; 400 unchanged."
    assert summary_lines(summary(indexed=1, encodes=1, skipped=2)) == (
        "Indexed 1 photo in 2.0 s (200 a second); 2 skipped."
    )
    assert "their photos are kept" in summary_lines(summary(offline_roots=1))


def test_a_folder_without_photos_is_said_to_be_one_but_not_by_a_run_that_was_stopped() -> None:
    assert summary_lines(summary()) == NOTHING
    assert summary_lines(summary(), stopped=True) == "Indexed 0 photos in 2.0 s."
    assert summary_lines(summary(offline_roots=1)).startswith("Indexed 0 photos")


def test_a_skip_names_path_reason_and_remedy() -> None:
    assert event_line(Skipped("/a.jpg", "damaged", "save it again")) == (
        "skipped /a.jpg: damaged (save it again)"
    )
    assert event_line(Skipped("/a.jpg", "damaged", "")) == "skipped /a.jpg: damaged"


def test_a_path_is_shown_from_here_only_where_that_is_shorter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert shorter(str(tmp_path / "a" / "b" / "c.jpg")) == "c.jpg"
    assert shorter("/c.jpg") == "/c.jpg"


def test_json_is_readable_and_survives_file_names_that_are_no_unicode() -> None:
    assert to_json({"path": "Küche.jpg"}) == '{"path": "Küche.jpg"}'
    assert to_json({"path": "caf\udce9"}) == '{"path": "caf\\udce9"}'


def test_only_a_model_that_knows_no_photographs_is_warned_about(tmp_path: Path) -> None:
    drawn, photographs = tmp_path / "drawn", tmp_path / "photographs"
    for folder in (drawn, photographs):
        folder.mkdir()
    (drawn / "scenes.jsonl").touch()
    assert photograph_notice("mini", [drawn]) == ""
    assert photograph_notice("siglip2-base", [photographs]) == ""
    on_page = photograph_notice("mini", [photographs], page=True)
    assert on_page.endswith("For photographs: Library, Change the encoder.")
    notice = photograph_notice("mini", [drawn, photographs])
    assert "vladva index FOLDER --model siglip2-base" in notice
    assert "vladva index FOLDER --model qwen3-vl-embedding-2b" in notice
    assert all(len(line) <= 80 for line in notice.splitlines())


def test_a_long_list_of_failures_is_cut_and_counted() -> None:
    failures = [{"path": f"/{i}", "reason": "damaged", "since": ""} for i in range(50)]
    row = {
        "library": "/l", "model": "mini", "dim": 4, "photos": 3, "index_bytes": 10, "roots": [],
        "building": {"model": "siglip2-base", "fingerprint": "f", "done": 3, "total": 9},
        "failures": failures,
    }  # fmt: skip
    shown = status_table(row)
    assert shown.count("damaged") == SHOWN_FAILURES
    assert "30 more" in shown
    assert "siglip2-base: 3 of 9" in shown
