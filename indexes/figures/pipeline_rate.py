"""Photos per second of what the documentation of transformers shows: its `pipeline`, as it comes.

For measurements. Refuses to know which model it is given.
"""

import itertools
import time
from pathlib import Path
from typing import Any

from transformers import CLIPImageProcessorPil, pipeline
from transformers.utils import logging

from vladva.indexes.catalog import FileStamp
from vladva.indexes.figures.shaped import Shaped
from vladva.indexes.paths import openable
from vladva.indexes.scan import walk


def pipeline_rate(encoder: Shaped, folder: Path, limit: int, batch_size: int) -> float:
    """The first `limit` photos of a folder through `image-feature-extraction` → photos a second.

    It reads, decodes, resizes and embeds; what it makes of a photo stays in memory.
    """
    stamps = (item for item in walk(str(folder)) if isinstance(item, FileStamp))
    photos = [openable(stamp.path) for stamp in itertools.islice(stamps, limit)]
    quiet: Any = logging
    shown = quiet.get_verbosity()
    quiet.set_verbosity_error()
    try:
        made: Any = pipeline(
            "image-feature-extraction",
            model=encoder.model,
            image_processor=CLIPImageProcessorPil(),
            batch_size=batch_size,
        )
        start = time.perf_counter()
        found = sum(1 for _ in made(photos, return_tensors=True))
        took = time.perf_counter() - start
    finally:
        quiet.set_verbosity(shown)
    return found / took
