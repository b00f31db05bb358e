"""Answers as text for a terminal: ranks, scores and paths on 80 columns.

Takes the dictionaries of `answers`; refuses to know how they were found.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from vladva.app.answers import Answer, to_json, without_ids
from vladva.app.plain import printable

Form = Literal["table", "json", "paths", "paths0"]


def photos(answer: Answer, form: Form) -> str:
    """What stdout gets for an answer of photos; empty where there are no lines."""
    paths = [hit["path"] for hit in answer["results"]]
    if form == "json":
        return as_json(answer)
    if form == "paths0":
        return "".join(path + "\0" for path in paths)
    if form == "paths":
        return _lines(paths)
    return _lines(
        f"{hit['rank']:>4}  {hit['score']:6.3f}  {printable(shorter(hit['path']))}"
        for hit in answer["results"]
    )


def texts(answer: Answer, form: Literal["table", "json"]) -> str:
    """What stdout gets for an answer of texts."""
    if form == "json":
        return as_json(answer)
    return _lines(
        f"{hit['rank']:>4}  {hit['score']:6.3f}  {_one_line(hit['text'])}"
        for hit in answer["results"]
    )


def as_json(answer: Answer) -> str:
    """One object on one line."""
    return to_json(without_ids(answer)) + "\n"


def footer(answer: Answer) -> str:
    """The line below the hits: how many photos were searched, by what, how fast."""
    took = sum(answer["took_ms"].values())
    count = len(answer["results"])
    shown = f"{count:,} of {answer['searched']:,} photos" if count else "Nothing found"
    return f"{shown} · {answer['model']} · {took:.0f} ms"


def shorter(path: str) -> str:
    """The path from here where that is the shorter one, else as it is."""
    try:
        near = os.path.relpath(path, Path.cwd())
    except (ValueError, OSError):  # another drive, or a working folder that is gone
        return path
    return near if len(near) < len(path) else path


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _lines(lines: Iterable[str]) -> str:
    return "".join(line + "\n" for line in lines)
