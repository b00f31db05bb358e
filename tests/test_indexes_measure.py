"""The figures of the index are of what they say, at sizes that are quick to measure."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import fakes
import numpy as np
import pytest
from PIL import Image
from transformers import CLIPImageProcessorPil

from vladva.indexes.figures import memory, rescan, shaped, throughput
from vladva.indexes.figures.bench import plain_loop
from vladva.indexes.figures.made import make_photos
from vladva.indexes.figures.pipeline_rate import pipeline_rate
from vladva.indexes.figures.shaped import ClipShaped, Shaped
from vladva.indexes.library import Library


def test_made_photos_are_of_their_size_and_each_is_another(tmp_path: Path) -> None:
    make_photos(tmp_path, 3, (64, 48))
    files = sorted(tmp_path.rglob("*.jpg"))
    assert len({file.read_bytes() for file in files}) == 3
    for file in files:
        with Image.open(file) as picture:
            assert picture.size == (64, 48)


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("find"), reason="GNU find")
def test_a_rescan_is_measured_beside_find_over_files_that_are_all_known() -> None:
    found = rescan.measure(files=40, rounds=1)
    assert found["files"] == 40
    assert min(found["find_s"], found["rescan_s"], found["cold_start_s"]) > 0
    assert found["rescan_over_find"] > 0


def test_a_rescan_that_finds_a_change_is_no_figure(tmp_path: Path) -> None:
    rescan.draw(tmp_path / "photos", 3)
    with Library.open(tmp_path / "library", create=True) as library:
        rescan.fill(library, tmp_path / "photos")
    rescan.look_anew(tmp_path / "library", tmp_path / "photos")
    (tmp_path / "photos" / "0000" / "new.jpg").touch()
    with pytest.raises(AssertionError, match="changed"):
        rescan.look_anew(tmp_path / "library", tmp_path / "photos")


@pytest.mark.parametrize("figure", ["odd", "memory", "throughput", "kills"])
def test_children_that_import_the_command_again_import_nothing_heavy(figure: str) -> None:
    """As `spawn` does it: a child of a measurement is as light as one of the program."""
    code = (
        "import runpy, sys; "
        f"runpy.run_module('vladva.indexes.figures.{figure}', run_name='__mp_main__'); "
        "print([name for name in ('torch', 'transformers', 'lancedb') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured on Linux")
def test_memory_is_measured_over_a_whole_run() -> None:
    found = memory.measure(photos=150, after=1, workers=1)
    assert (found["photos"], found["after"]) == (150, 1)
    assert found["end_bytes"] > 50_000_000
    assert np.isfinite(found["slope_bytes_per_photo"])


def test_the_slope_is_that_of_the_nearest_line() -> None:
    photos = np.arange(100, dtype=np.float64)
    noise = np.random.default_rng(0).normal(0, 5, 100)
    marks = np.stack([photos, 1000 + 7 * photos + noise], axis=1)
    assert memory.slope(marks) == pytest.approx(7, abs=0.1)


def test_the_plain_loop_takes_the_same_photos_one_after_the_other(tmp_path: Path) -> None:
    make_photos(tmp_path, 4, (64, 48))
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    encoder = fakes.FakeEncoder(delay_s=0.05)
    assert 0 < plain_loop(encoder, tmp_path) < 20
    assert (encoder.pictures, encoder.calls) == (4, 4)
    assert plain_loop(encoder, tmp_path, limit=3) > 0
    assert encoder.pictures == 6  # the broken one comes first


def test_throughput_is_told_with_its_ratios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = Shaped(
        "tiny", hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2
    )
    picture = tiny.prepare(Image.new("RGB", (300, 200)))
    assert picture["pixel_values"].shape == (3, 224, 224)
    vectors = tiny.encode([picture] * 3)
    assert vectors.shape == (3, 16)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    monkeypatch.setattr(throughput, "_encoder", lambda _: tiny)
    monkeypatch.setattr(throughput, "SIZE", (64, 48))
    monkeypatch.setattr(sys, "argv", ["measure", "--photos", "6", "--encoder", throughput.SHAPED])
    throughput.main()
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["encoder"], found["photos"]) == ("tiny", 6)
    assert found["share_of_encode"] == pytest.approx(found["end_to_end"] / found["encode"], rel=0.1)
    assert found["over_plain_loop"] == pytest.approx(
        found["end_to_end"] / found["plain_loop"], rel=0.1
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_rescan_of_100_000_files_takes_at_most_four_times_as_long_as_find() -> None:
    assert rescan.measure(files=100_000, rounds=5)["rescan_over_find"] <= 4


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_memory_grows_by_at_most_one_kibibyte_a_photo() -> None:
    found = memory.measure(photos=50_000, after=5_000)
    assert found["slope_bytes_per_photo"] <= 1024


def test_indexing_is_told_beside_the_pipeline_of_transformers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = ClipShaped(
        "tiny",
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        projection_dim=8,
    )
    picture = tiny.prepare(Image.new("RGB", (300, 200)))
    assert tiny.encode([picture] * 3).shape == (3, 8)
    monkeypatch.setattr(shaped, "ClipShaped", lambda _: tiny)
    monkeypatch.setattr(throughput, "SIZE", (64, 48))
    monkeypatch.setattr(sys, "argv", ["measure", "--photos", "6", "--shape", "clip-b32"])
    throughput.main()
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["figure"], found["encoder"], found["photos"]) == ("beside_pipeline", "tiny", 6)
    assert min(found["pipeline"], found["pipeline_batched"]) > 0
    ratio = found["end_to_end"] / found["pipeline"]
    assert found["over_pipeline"] == pytest.approx(ratio, rel=0.1, abs=0.01)


def test_a_pipeline_sees_the_pixels_that_are_indexed(tmp_path: Path) -> None:
    for number in range(3):
        image = Image.new("RGB", (64 + number, 48), (40 * number, 90, 20))
        image.save(tmp_path / f"{number}.png")
    encoder = ClipShaped("tiny", num_hidden_layers=1)
    assert pipeline_rate(encoder, tmp_path, 2, 1) > 0
    processor = CLIPImageProcessorPil()
    with Image.open(tmp_path / "1.png") as opened:
        pixels = processor(opened, return_tensors="np")["pixel_values"][0]
        assert np.abs(pixels - encoder.prepare(opened)["pixel_values"]).max() <= 1e-6
