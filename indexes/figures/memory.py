"""How the memory of an indexing process grows with the photos that it has indexed.

    python -m vladva.indexes.figures.memory --photos 50000

One run over small made photos, with an encoder that costs next to nothing; the children that
decode are not counted. The slope is that of the best line through what is resident every 25 photos
after the first ones. One JSON object on stdout.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vladva.errors import Unsupported

if TYPE_CHECKING:  # children import this file again: nothing heavy at its top
    import numpy as np
    from numpy.typing import NDArray

SIZE = (64, 48)
_EVERY = 25
_STATUS = Path("/proc/self/status")


def measure(photos: int, after: int, workers: int | None = None) -> dict[str, Any]:
    """Bytes a photo after the first `after` of them. Raises `Unsupported` where not on Linux."""
    import numpy as np

    from vladva.indexes.events import Indexed
    from vladva.indexes.figures.made import make_photos
    from vladva.indexes.figures.swatch import Swatch
    from vladva.indexes.library import Library
    from vladva.indexes.pipeline import index_folders

    marks: list[tuple[int, int]] = []
    done = 0
    with tempfile.TemporaryDirectory(prefix="vladva-memory-") as scratch:
        folder = Path(scratch, "photos")
        make_photos(folder, photos, SIZE)
        with Library.open(Path(scratch, "library"), create=True) as library:
            for event in index_folders(library, Swatch(), [folder], workers=workers):
                done += isinstance(event, Indexed)
                if isinstance(event, Indexed) and done % _EVERY == 0:
                    marks.append((done, resident()))
    assert done == photos, "every photo is one of its own"
    found = np.array([mark for mark in marks if mark[0] >= after], dtype=np.float64)
    return {
        "figure": "memory",
        "photos": photos,
        "after": after,
        "start_bytes": int(found[0, 1]),
        "end_bytes": int(found[-1, 1]),
        "slope_bytes_per_photo": round(slope(found), 1),
    }


def slope(marks: "NDArray[np.float64]") -> float:
    """The slope of the line that is nearest to points [n, 2] by least squares."""
    x, y = marks[:, 0] - marks[:, 0].mean(), marks[:, 1] - marks[:, 1].mean()
    return float((x @ y) / (x @ x))


def resident() -> int:
    """Bytes of memory that this process has in use."""
    if not _STATUS.exists():
        raise Unsupported("memory is only measured on Linux")
    (line,) = (one for one in _STATUS.read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def main() -> None:
    """Parse the command line, measure, and write to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=50_000)
    parser.add_argument("--after", type=int, default=5_000)
    options = parser.parse_args()
    sys.stdout.write(json.dumps(measure(options.photos, options.after)) + "\n")


if __name__ == "__main__":
    main()
