"""How the page feels, measured on a small library: every figure is there, and can be one."""

import pytest

pytest.importorskip("playwright")
import app_witness

from vladva.app.measure_page import measure

pytestmark = app_witness.MARKS


def test_typing_and_scrolling_are_timed_in_a_real_browser() -> None:
    found = measure(photos=60, scroll=60, rounds=1)
    for name in ("typing_to_painted_ms", "typing_to_photos_ms"):
        assert 0 < found[name]["p50"] <= found[name]["p95"]
    assert found["typing_to_painted_ms"]["p50"] <= found["typing_to_photos_ms"]["p50"]
    for scroll in (found["flick"], found["stroll"]):
        assert 0 < scroll["scrolled_hits"] <= 60  # near-duplicates are one
        assert 0 <= scroll["frames_over_100_ms"] <= scroll["frames"]
        assert 0 < scroll["most_tiles"] <= 60
        assert all(0 < heap < 200 for heap in scroll["heap_mb"])
