"""Eight browsers at once, while photos arrive."""

import sys

import pytest

from vladva.app.measure_load import measure


@pytest.mark.skipif(sys.platform != "linux", reason="what is resident is read from /proc")
def test_eight_browsers_search_without_an_error_while_the_page_indexes() -> None:
    found = measure(photos=24, searches=64, browsers=8)
    assert (found["searches"], found["errors"], found["first_error"]) == (64, 0, None)
    assert found["while_indexing"] > 0
    assert found["p50_ms"] <= found["p95_ms"]
    assert min(found["resident_mib"]) > 50
