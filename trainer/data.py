"""DATA of `vladva train`, whatever it is: a JSONL file, a folder of pictures, or shards.

Every row is checked once, before anything is trained. Refuses to know what rows are used for.
"""

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from vladva.errors import DataError
from vladva.trainer.examples import BadRow, Data, Edit, Example, ImageRef, Routing
from vladva.trainer.read_folder import Folder
from vladva.trainer.read_jsonl import JsonLines
from vladva.trainer.read_shards import Shards

__all__ = ["BadRow", "Data", "Edit", "Example", "ImageRef", "Routing", "open_data"]

ACCEPTED = (
    "a JSON Lines file (.jsonl), a folder of pictures with .txt or .json captions beside them, "
    "or WebDataset shards (a .tar, a folder of them, or 'shard-{000..010}.tar')"
)
BAD_SHARE = 0.01
"""More bad rows than this stop a run before it starts (the command line's contract)."""
LISTED = 5
"""Bad rows that a message names."""
BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}")


def open_data(path: Path, routing: Routing, allow_bad: float = BAD_SHARE) -> Data:
    """DATA → its good rows, every row checked.

    Raises `DataError` where there is nothing of a kind that is known, no good row, or a larger
    share of bad rows than `allow_bad`; the message names the first bad ones.
    """
    data = _open(path, routing)
    if not len(data) or len(data.bad) > allow_bad * (len(data) + len(data.bad)):
        raise DataError(*_too_bad(path, data, allow_bad))
    return data


def _open(path: Path, routing: Routing) -> Data:
    if BRACES.search(path.name) and not path.exists():
        return Shards(_expanded(path), routing)
    if path.is_dir():
        shards = sorted(path.glob("*.tar"))
        return Shards(shards, routing) if shards else Folder(path, routing)
    if not path.exists():
        raise DataError(f"no such file or folder: {path}", f"give {ACCEPTED}")
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return JsonLines(path, routing)
    if ".tar" in path.suffixes or path.suffix in (".tgz", ".tar"):
        return Shards([path], routing)
    raise DataError(f"{path.name} is not a kind of training data that is known", f"give {ACCEPTED}")


def _expanded(path: Path) -> list[Path]:
    """`shard-{000..010}.tar` → its files. Raises `DataError` where one is not there."""
    ranges = [
        [f"{n:0{len(low)}}" for n in range(int(low), int(high) + 1)]
        for low, high in BRACES.findall(path.name)
    ]
    pattern = BRACES.sub("{}", path.name)
    paths = [path.with_name(pattern.format(*numbers)) for numbers in product(*ranges)]
    gone = [one.name for one in paths if not one.is_file()]
    if gone or not paths:
        raise DataError(
            f"{len(gone)} of {len(paths)} shards of {path.name} are not there: {_some(gone)}",
            "fetch them, or name those that are there",
        )
    return paths


def _too_bad(path: Path, data: Data, allow_bad: float) -> tuple[str, str]:
    """Message and hint on data that cannot be trained on."""
    rows = "\n".join(f"  {row.name}: {row.reason}" for row in data.bad[:LISTED])
    total = len(data) + len(data.bad)
    if not total:
        return f"nothing to train on in {path}", _remedy(path, data)
    more = f"\n  … and {len(data.bad) - LISTED:,} more" if len(data.bad) > LISTED else ""
    limit = f"; at most {allow_bad:.0%} may be" if len(data) else ""
    return (
        f"{len(data.bad):,} of {total:,} rows of {path} cannot be used{limit}\n{rows}{more}",
        "mend these rows, or allow more of them: --set data.allow_bad=0.1"
        if len(data)
        else f"give {ACCEPTED}",
    )


def _remedy(path: Path, data: Data) -> str:
    if isinstance(data, Folder) and data.uncaptioned:
        return (
            f"none of its {data.uncaptioned:,} pictures has a caption beside it (dog.jpg: dog.txt "
            "or dog.json); write some, or have them made: --set captions.generate=true"
        )
    inside = sorted(path.glob("*.jsonl")) if path.is_dir() else []
    return f"give the file: {inside[0]}" if inside else f"give {ACCEPTED}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (", …" if len(names) > LISTED else "")
