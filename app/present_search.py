"""Answers as text for a terminal: ranks, scores and paths on 80 columns.

Takes the dictionaries of `answers`; refuses to know how they were found.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from vladva.app.answers import Answer, without_ids
from vladva.app.json_text import to_json
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
    said = answer["interpreted"]
    meant = answer["query"] is None or said["positive"] or said["forbid"]
    return "".join(_entry(hit, dated=not meant) for hit in answer["results"])


def _entry(hit: Answer, *, dated: bool) -> str:
    """A hit on a line; below it what was checked, and how many near-duplicates it stands for.

    `dated`: nothing was asked that photos could be nearer to, so their dates tell more.
    """
    sure = f"{hit['score']:6.3f}" if hit["level"] is None else f"{hit['level']:<6}"
    if dated:
        sure = f"{(hit['taken_at'] or '')[:10]:<10}"
    more = f"  (+{len(hit['alike'])} alike)" if hit["alike"] else ""
    lines = [f"{hit['rank']:>4}  {sure}  {printable(shorter(hit['path']))}{more}"]
    if hit["why"]:
        lines.append("            " + "  ".join(map(_tick, hit["why"])))
    return _lines(lines)


def _tick(verdict: Answer) -> str:
    mark = {"yes": "✓", "no": "✗", "unsure": "?"}[verdict["verdict"]]
    word = "no " if verdict["kind"] == "forbid" else ""
    return f"{mark} {word}{printable(verdict['text'])}"


def texts(answer: Answer, form: Literal["table", "json"]) -> str:
    """What stdout gets for an answer of texts."""
    if form == "json":
        return as_json(answer)
    return _lines(
        f"{hit['rank']:>4}  {_share(hit)}  {_one_line(hit['text'])}" for hit in answer["results"]
    )


def _share(hit: Answer) -> str:
    likely = hit["probability"]
    return f"{hit['score']:6.3f}" if likely is None else f"{likely:6.1%}"


def as_json(answer: Answer) -> str:
    """One object on one line."""
    return to_json(without_ids(answer)) + "\n"


def footer(answer: Answer) -> str:
    """The line below the hits: how many photos were searched, by what, how fast."""
    took = sum(answer["took_ms"].values())
    ends = f"{answer['model']} · {took:.0f} ms"
    count, total, missed = len(answer["results"]), answer["total"], len(answer["almost"])
    if count:
        cut = answer["interpreted"]["filters"] or answer["interpreted"]["literal"]
        known = cut or answer["results"][0]["level"] is not None
        of = f" of {total:,} among" if known and count < total < answer["searched"] else " of"
        return f"{count:,}{of} {answer['searched']:,} photos · {ends}"
    near = f" · {missed} came near: --json and --all show more" if missed else ""
    return f"Nothing found among {answer['searched']:,} photos{near} · {ends}"


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
