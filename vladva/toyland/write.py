"""Drawn scenes as a folder of photos: JPEGs with EXIF, caption sidecars, `scenes.jsonl`.

The same arguments give the same bytes; a run that was cut short goes on where it stopped. Never
writes a training scene, and never into a folder with anybody else's files. Refuses to know which
scenes are worth writing (`planted`) and who shows the progress.
"""

import json
import os
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from vladva.errors import ConfigError
from vladva.toyland.draw import draw
from vladva.toyland.edits import Edit, edits
from vladva.toyland.invent import invent
from vladva.toyland.negatives import negatives
from vladva.toyland.scene import Scene, Split
from vladva.toyland.scene import rng as named_rng
from vladva.toyland.truth import relations, visible
from vladva.toyland.words import long_captions, paraphrases, short_captions

OURS = re.compile(r"scenes\.jsonl|edits|scene_\d{5,}(_\d)?\.(jpg|txt)(\.part)?")
"""The names that a written folder consists of."""
CAMERAS = (("Toyland Optics", "Pocket One"), ("Larkspur", "LX-20"))
PLACES = ((48.86, 2.35), (41.9, 12.5), (52.52, 13.4), (35.68, 139.69), (-33.87, 151.21))
"""Latitude and longitude around which photos were taken."""
LOCATED = 0.85
"""Share of photos with a position."""
FIRST_DAY = datetime(2015, 1, 1)  # noqa: DTZ001
DAYS = 4000
QUALITY = 92


@dataclass(frozen=True)
class Written:
    """One scene that lies in the folder now, new or left as it was."""

    path: Path
    done: int
    total: int


def write(
    folder: Path, count: int, split: Split = "test", seed: int = 0, size: int = 256
) -> Iterator[Written]:
    """`count` scenes of a split and a seed with two edits each; see `write_scenes`."""
    if count < 1:
        raise ConfigError(f"{count} scenes cannot be written.", "Ask for at least one: --count 1.")
    scenes = [invent(split, seed, index) for index in range(count)]
    return write_scenes(folder, scenes, size, edited=2)


def write_scenes(
    folder: Path, scenes: Iterable[Scene], size: int = 256, *, edited: int = 0
) -> Iterator[Written]:
    """Scenes as `scene_00000.jpg` and on, `edited` targets of each in `edits/`; one event each.

    Raises ConfigError for a training scene and for a folder that holds other files, before
    anything is written.
    """
    wanted = list(scenes)
    if any(scene.split == "train" for scene in wanted):
        raise ConfigError(
            "Training scenes are never written out.", "Take the split `test` or `demo`."
        )
    if size < 32:
        raise ConfigError(f"Pictures of {size} pixels show nothing.", "Take --size 32 or more.")
    _claim(folder)
    return _write(folder, wanted, size, edited)


def _claim(folder: Path) -> None:
    """Make the folder, or see that all in it is ours."""
    hint = "Name a new or an empty folder."
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file.", hint)
    strangers = sorted(path.name for path in folder.glob("*") if not OURS.fullmatch(path.name))
    empty = not folder.is_dir() or not any(folder.iterdir())
    if strangers or not (empty or (folder / "scenes.jsonl").is_file()):
        named = f" ({strangers[0]})" if strangers else ""
        raise ConfigError(f"{folder} holds files that were not written by toyland{named}.", hint)
    (folder / "edits").mkdir(parents=True, exist_ok=True)


def _write(folder: Path, scenes: list[Scene], size: int, edited: int) -> Iterator[Written]:
    index = folder / "scenes.jsonl"
    known = set(index.read_text(encoding="utf-8").splitlines()) if index.exists() else set()
    written = {index}
    with index.open("w", encoding="utf-8") as lines:
        for number, scene in enumerate(scenes):
            name = f"scene_{number:05}"
            random_ = named_rng(scene.split, scene.seed, scene.index, "written")
            targets = {
                f"edits/{name}_{i}.jpg": edit
                for i, edit in enumerate(edits(scene, random_, edited) if edited else [])
            }
            row = _row(f"{name}.jpg", scene, targets, random_)
            pictures = {f"{name}.jpg": scene, **{path: e.target for path, e in targets.items()}}
            line = json.dumps(row, ensure_ascii=False)
            for path, shown in pictures.items():
                if line not in known or not _has_size(folder / path, size):
                    _save(folder / path, shown, size)
            (folder / f"{name}.txt").write_text(row["short"][0] + "\n", encoding="utf-8")
            written |= {folder / path for path in pictures} | {folder / f"{name}.txt"}
            lines.write(line + "\n")
            lines.flush()
            yield Written(folder / f"{name}.jpg", number + 1, len(scenes))
    _forget_others(folder, written)


def _has_size(path: Path, size: int) -> bool:
    if not path.is_file():
        return False
    with Image.open(path) as image:
        return image.size == (size, size)


def _save(path: Path, scene: Scene, size: int) -> None:
    """Write a picture whole or not at all."""
    part = path.with_name(path.name + ".part")
    draw(scene, size).save(part, "JPEG", quality=QUALITY, exif=_exif(scene))
    os.replace(part, path)  # noqa: PTH105


def _forget_others(folder: Path, written: set[Path]) -> None:
    """What an earlier, larger run left behind goes, so that folder and index agree."""
    for path in (*folder.glob("scene_*"), *(folder / "edits").glob("scene_*")):
        if path not in written and OURS.fullmatch(path.name):
            path.unlink()


def _exif(scene: Scene) -> Image.Exif:
    random_ = named_rng(scene.split, scene.seed, scene.index, "exif")
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = random_.choice(CAMERAS)
    taken = _taken(scene, random_).strftime("%Y:%m:%d %H:%M:%S")
    exif[0x0132] = taken
    exif.get_ifd(0x8769)[0x9003] = taken
    if random_.random() < LOCATED:
        latitude, longitude = random_.choice(PLACES)
        latitude, longitude = latitude + random_.uniform(-1, 1), longitude + random_.uniform(-1, 1)
        exif.get_ifd(0x8825).update(
            {
                1: "N" if latitude >= 0 else "S",
                2: _degrees(latitude),
                3: "E" if longitude >= 0 else "W",
                4: _degrees(longitude),
            }
        )
    return exif


def _taken(scene: Scene, random_: random.Random) -> datetime:
    """A day within eleven years; the hour suits the light of the scene."""
    hour = random_.choice((22, 23, 0, 1, 2)) if scene.time == "night" else random_.randint(9, 17)
    day = FIRST_DAY + timedelta(days=random_.randrange(DAYS))
    return day.replace(hour=hour, minute=random_.randrange(60), second=random_.randrange(60))


def _degrees(value: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    """Degrees, minutes, seconds of an angle, without its sign."""
    seconds = round(abs(value) * 360000)
    return (
        IFDRational(seconds // 360000),
        IFDRational(seconds // 6000 % 60),
        IFDRational(seconds % 6000, 100),
    )


def _row(
    image: str, scene: Scene, targets: dict[str, Edit], random_: random.Random
) -> dict[str, Any]:
    """The line of `scenes.jsonl`: the keys are a contract."""
    return {
        "image": image,
        "seed": scene.seed,
        "things": [
            {
                "id": thing.id,
                "kind": thing.kind,
                "colour": thing.colour,
                "size": thing.size,
                "box": [round(value, 4) for value in thing.box],
                "visible": round(visible(scene, thing), 3),
            }
            for thing in scene.things
        ],
        "background": scene.background,
        "time": scene.time,
        "relations": [
            {"from": a.id, "relation": name, "to": b.id, "holds": verdict}
            for a, name, b, verdict in relations(scene)
        ],
        "short": short_captions(scene, random_, 5),
        "long": long_captions(scene, random_, 2),
        "paraphrases": [list(pair) for pair in paraphrases(scene, random_, 3)],
        "negatives": [
            {"kind": one.kind, "positive": one.positive.text, "negative": one.negative.text}
            for one in negatives(scene, random_)
        ],
        "edits": [
            {"instruction": edit.instruction, "target": path} for path, edit in targets.items()
        ],
    }
