import shutil
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from labs import SCENES, lab, lines, same
from PIL import Image
from safetensors.torch import load_file, save_file

from vladva.encoders import load_encoder
from vladva.errors import DataError
from vladva.trainer.lab import clip
from vladva.trainer.lab.carry import carry
from vladva.trainer.lab.clip import LENGTH, Recipe, Stage, contrast, new_clip, read
from vladva.trainer.lab.course import Course
from vladva.trainer.lab.rows import Row
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.shape import Shape, Tower
from vladva.trainer.lab.vision import Eyes, to_pixels

SHAPE = Shape(28, 14, Tower(2, 32, 2, 64), Tower(2, 32, 2, 64))
RECIPE = Recipe(scenes=24, batch=4, rate=1e-3, negatives=1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.manual_seed(5)
    save_file(Eyes(SHAPE).state_dict(), tmp_path / "vision.safetensors")
    return lab(tmp_path, monkeypatch)


def run(folder: Path, recipe: Recipe, name: str) -> dict[str, torch.Tensor]:
    Stage(folder, SHAPE, workers=0, scored=0).train(recipe, folder / name)
    return load_file(folder / name / "model/model.safetensors")


def test_it_starts_from_the_trained_tower_with_as_many_words_as_the_language_model(
    folder: Path,
) -> None:
    model, tokenizer = new_clip(folder, SHAPE)
    tower = load_file(folder / "vision.safetensors")
    for name, value in model.vision_model.state_dict().items():
        assert torch.equal(value, tower[f"tower.{name}"])
    assert model.config.text_config.num_hidden_layers == SHAPE.language.layers
    assert model.config.text_config.vocab_size == len(tokenizer)


def test_the_checkpoint_is_read_by_the_clip_family_and_means_the_same(folder: Path) -> None:
    run(folder, RECIPE, "clip")
    encoder: Any = load_encoder(str(folder / "clip/model"), device="cpu")
    assert encoder.dim == SHAPE.language.width
    picture = Drawn(folder, 28)[np.array([3])]
    own = encoder.encode([encoder.prepare(Image.fromarray(picture[0]))])
    with torch.no_grad():
        states = encoder.model.get_image_features(to_pixels(picture)).pooler_output
    assert np.allclose(own, torch.nn.functional.normalize(states), atol=1e-5)


def test_a_text_is_read_to_its_end_alone_or_beside_longer_ones(folder: Path) -> None:
    run(folder, RECIPE, "clip")
    encoder = load_encoder(str(folder / "clip/model"), device="cpu")
    texts = ["a red dog", "a red dog left of a blue cat", "a red dog " * LENGTH]
    together = encoder.encode_texts(texts)
    alone = np.concatenate([encoder.encode_texts([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-5)
    assert (together[0] @ together[1:].T < 0.9999).all()


def test_a_run_that_was_killed_ends_with_the_same_weights_and_carried_elsewhere_with_nearly_these(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(folder, RECIPE, "whole")
    step = Course.step

    def until_the_third(self: Course, *args: Any, **told: Any) -> None:
        if self.steps == 3:
            raise KeyboardInterrupt
        step(self, *args, **told)
        if self.steps == 2:
            self.save()

    with monkeypatch.context() as patched:
        patched.setattr(Course, "step", until_the_third)
        with pytest.raises(KeyboardInterrupt):
            run(folder, RECIPE, "killed")
    state = folder / "killed/clip-state.safetensors"
    carry(state, folder / "carried", momentum=False)
    assert any(key.endswith("/momentum") for key in load_file(state))
    assert not any("momentum" in key for key in load_file(folder / "carried" / state.name))
    assert same(run(folder, RECIPE, "killed"), whole)
    carried = run(folder, RECIPE, "carried")
    assert lines(folder / "carried/clip.jsonl", "start")[-1]["seen"] == 8
    assert all((carried[name] - value).abs().max() < 0.02 for name, value in whole.items())


def test_false_texts_may_come_late_and_go_on_where_a_run_without_them_is(folder: Path) -> None:
    late = replace(RECIPE, negatives_from=6)  # within the second step, whose begin decides
    whole = run(folder, late, "whole")
    plain = replace(RECIPE, negatives=0)
    run(folder, replace(plain, scenes=8), "short")
    state = folder / "short/clip-state.safetensors"
    assert not same(whole, run(folder, plain, "plain"))
    assert not same(whole, run(folder, RECIPE, "early"))
    assert late.settings(8) == plain.settings(8) != late.settings(12)
    for name, recipe in (("again", late), ("other", replace(late, rate=1e-2))):
        (folder / name).mkdir()
        shutil.copyfile(state, folder / name / state.name)
        with pytest.raises(DataError, match="another run") if name == "other" else nullcontext():
            run(folder, recipe, name)
    assert lines(folder / "again/clip.jsonl", "start")[-1]["seen"] == 8
    with pytest.raises(DataError, match="another run"):
        run(folder, plain, "whole")


def test_texts_that_are_read_in_portions_keep_their_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = new_clip(folder, SHAPE)
    model.eval()
    texts = ["a red dog left of a cat", "a dog", "a red dog " * LENGTH, "a cat", "a red dog"]
    monkeypatch.setattr(clip, "PORTION", 2)
    with torch.no_grad():
        together = read(model, tokenizer, texts)
        alone = torch.cat([read(model, tokenizer, [text]) for text in texts])
    assert torch.allclose(together, alone, atol=1e-5)
    assert not torch.allclose(together[1], together[3], atol=1e-3)


def test_a_false_text_makes_the_loss_of_its_own_picture_larger(folder: Path) -> None:
    model, tokenizer = new_clip(folder, SHAPE)
    pixels = to_pixels(Drawn(folder, 28)[np.arange(3)])
    rows = [Row(0, "a red dog"), Row(1, "a blue cat"), Row(2, "a green tree")]
    false = [replace(row, negatives=("a red house",)) for row in rows]
    with torch.no_grad():
        plain, harder = (contrast(model, tokenizer, pixels, given) for given in (rows, false))
    assert harder > plain + 0.01


def test_the_same_picture_or_text_is_never_its_own_negative(folder: Path) -> None:
    model, tokenizer = new_clip(folder, SHAPE)
    pixels = to_pixels(Drawn(folder, 28)[np.array([0, 0])])
    with torch.no_grad():
        assert contrast(model, tokenizer, pixels, [Row(0, "a dog"), Row(0, "a cat")]) == 0
        assert contrast(model, tokenizer, pixels, [Row(0, "a dog"), Row(1, "a dog")]) == 0
        assert contrast(model, tokenizer, pixels, [Row(0, "a dog"), Row(1, "a cat")]) > 0.1


def test_a_text_that_fits_another_picture_is_still_one_of_its_rivals(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = new_clip(folder, SHAPE)
    pixels = to_pixels(Drawn(folder, 28)[np.array([0, 1])])
    rows = [Row(0, "a dog"), Row(1, "a cat")]
    with torch.no_grad():
        plain = contrast(model, tokenizer, pixels, rows)
        monkeypatch.setattr(clip, "fitting", lambda _: [(0, 1), (1, 0)])
        fitting = contrast(model, tokenizer, pixels, rows)
    assert 0.05 < fitting < plain - 0.05


def test_eight_pictures_are_learned(folder: Path) -> None:
    run(folder, Recipe(scenes=800, batch=SCENES, rate=3e-3), "clip")
    steps = lines(folder / "clip/clip.jsonl", "step")
    assert steps[-1]["loss"] < 0.8 * steps[0]["loss"]


def test_the_best_rate_of_a_sweep_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = iter([{"mean": 10.0}, {"mean": 30.0}, {"mean": 20.0}, {"mean": 31.0}])
    monkeypatch.setattr(clip, "score", lambda *_: next(scores))
    command = f"clip {folder} --scenes 80 --batch 4 --workers 0 --sweep 1e-4,2e-4,4e-4"
    monkeypatch.setattr("sys.argv", command.split())
    monkeypatch.setitem(clip.SHAPES, "mini", SHAPE)
    clip.main()
    out = folder / "clip"
    assert [line["seen"] for line in lines(out / "sweep-0.0001/clip.jsonl", "scored")] == [8]
    assert lines(out / "clip.jsonl", "start")[0]["total"] == 80
    assert max(line["lr"] for line in lines(out / "clip.jsonl", "step")) <= 2e-4
