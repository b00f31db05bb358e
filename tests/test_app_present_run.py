"""A run in a terminal: what is said of each event, and when."""

import json
from collections.abc import Iterator

import pytest

from vladva.app.present_run import event_line, follow
from vladva.indexes.events import (
    Copied,
    Event,
    Indexed,
    Moved,
    Notice,
    Progress,
    Removed,
    Skipped,
    Summary,
    Watching,
)

END = Summary(2, 0, 0, 1, 0, 1, 0, 3, 2, 9.0, 0.3)


def watched() -> Iterator[Event]:
    yield Progress(0, 2, 0.0, None)
    yield Skipped("/broken.jpg", "damaged", "save it again")
    yield Indexed("/first.jpg")
    yield Watching(2)
    yield Indexed("/second.jpg")
    yield Progress(1, 1, 1.0, None)
    yield Moved("/there.jpg", "/here.jpg")
    yield Notice("Too many folders.", "sysctl fs.inotify.max_user_watches=524288")
    yield Watching(3)
    yield END


def test_of_a_first_look_only_what_went_wrong_is_told_and_then_one_line_an_event(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert follow(watched(), as_json=False) is END
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        "skipped /broken.jpg: damaged (save it again)",
        "1 photo indexed. Watching 2 folders; Ctrl-C ends it.",
        "indexed /second.jpg",
        "moved /here.jpg → /there.jpg",
        "Too many folders. (sysctl fs.inotify.max_user_watches=524288)",
    ]
    assert told.out == ""


def test_as_json_every_event_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    follow(watched(), as_json=True)
    told = capsys.readouterr()
    kinds = [json.loads(line)["event"] for line in told.out.splitlines()]
    assert kinds == [event.kind for event in watched()]
    assert told.err == ""


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Copied("/b.jpg", "/a.jpg"), "copy /b.jpg (of /a.jpg)"),
        (Removed("/a.jpg"), "removed /a.jpg"),
        (Removed("/a\x1b[31m.jpg"), "removed /a\\x1b[31m.jpg"),
        (Progress(1, 2, 1.0, None), ""),
        (Notice("It is back.", ""), "It is back."),
    ],
)
def test_an_event_is_one_line_that_gives_no_orders(event: Event, line: str) -> None:
    assert event_line(event) == line
