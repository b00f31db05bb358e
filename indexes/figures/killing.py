"""One library, killed over and over: what `kills` measures.

Refuses to know where it is told.
"""

import multiprocessing
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from vladva.indexes.figures.aged import age
from vladva.indexes.figures.kill_child import Spot, work
from vladva.indexes.figures.killed_tree import Tree
from vladva.indexes.figures.swatch import Swatch
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library

_PATIENCE_S = 120
_BETWEEN = 10  # kills from one completed run to the next
_NEVER = Spot("event", -1)
_OWN = {"id", "indexed_at"}  # differ from run to run


class Kills:
    """One library and its photos, killed over and over. `failures` says what went wrong."""

    def __init__(self, place: Path, seed: int) -> None:
        self._library = place / "library"
        self._place = place
        self._rng = np.random.default_rng(seed)
        self._tree = Tree(place / "photos", self._rng)
        self._context = _context()
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []

    def kill(self) -> None:
        """Change photos, index them, die, look."""
        spot = self._spot()
        if spot.at == "line" and spot.part == "make":
            shutil.rmtree(self._library, ignore_errors=True)
        elif spot.at in {"line", "_widen"}:
            age(self._library, Swatch.fingerprint, Swatch.dim)
        if spot.at != "tidy":
            self._tree.change()
        told, end = self._run(spot)
        self.counts["killed" if end == "killed" else "not reached"] += 1
        if end == "killed":
            self.counts[f"at {spot.at}"] += 1
            self.counts["in mid-run"] += bool(told) and spot.at != "tidy"
        self._look(told)
        if self.counts["killed"] % _BETWEEN == 0:
            self.complete(self._library)

    def complete(self, folder: Path) -> None:
        """Let a run end by itself.

        Now and then, since killed runs never come to dropping the rows of deleted photos: too many
        at once, and the mass-delete fuse keeps them, as it must.
        """
        _, end = self._run(_NEVER, folder)
        if end != "end":
            self.failures.append(f"a run that nobody killed ended with {end}")
        self.counts["completed"] += 1

    def finish(self) -> None:
        """Let a run complete, and compare with one that was never disturbed."""
        for folder in (self._library, self._place / "undisturbed"):
            self.complete(folder)
        kills, calm = (_rows(f) for f in (self._library, self._place / "undisturbed"))
        for what, paths in (("lacks", calm.keys() - kills), ("still has", kills.keys() - calm)):
            if paths:
                self.failures.append(f"it {what} {len(paths)} photos: {min(paths)}")
        for path in kills.keys() & calm.keys():
            if kills[path] != calm[path]:
                self.failures.append(f"{path} differs from the undisturbed run")
        self.counts["rows"] = len(calm)

    def _spot(self) -> Spot:
        """Seeded: four of five at an event, the others inside something."""
        draw = self._rng.random()
        part = str(self._rng.choice(["data", "log", "version", "dropped"]))
        if draw < 0.8 or not self._library.exists():
            return Spot("event", int(self._rng.integers(1, 9)))
        if draw < 0.88:
            return Spot("put", int(self._rng.integers(1, 5)), part)
        if draw < 0.92:
            return Spot("tidy", 1, str(self._rng.choice(["data", "log", "version"])))
        if draw < 0.94:
            return Spot("_widen", 1, str(self._rng.choice(["data", "log", "version"])))
        count = int(self._rng.integers(1, 200))
        return Spot("line", count, "make" if draw < 0.97 else "migrate")

    def _run(self, spot: Spot, folder: Path | None = None) -> tuple[list[str], str]:
        """One run → the photos that it told of, and "killed", "end" or its exit code."""
        mine, theirs = self._context.Pipe()
        place = folder or self._library
        child = self._context.Process(target=work, args=(place, self._tree.folder, spot, theirs))
        child.start()
        theirs.close()
        told: list[str] = []
        events = 0
        while mine.poll(_PATIENCE_S):
            try:
                kind, path = mine.recv()
            except (EOFError, ConnectionError):
                break
            if kind == "end":
                child.join()
                return told, "end"
            if kind in {"indexed", "copy", "moved"}:
                told.append(path)
            events += kind not in {"progress", "skipped"}
            if spot.at == "event" and events == spot.count:
                break
            with suppress(ConnectionError):  # it died meanwhile
                mine.send(None)
        else:
            self.failures.append(f"no word for {_PATIENCE_S} s at {spot}")
        if spot.at != "event":
            child.join(_PATIENCE_S)  # it dies by itself
        child.kill()
        child.join()
        return told, "killed" if child.exitcode in (-9, -15) else str(child.exitcode)

    def _look(self, told: list[str]) -> None:
        """What the library knows now."""
        try:
            rows = _rows(self._library)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not happen
            self.failures.append(f"it does not open: {type(error).__name__}: {error}")
            return
        self.failures += [f"{path} was told and is lost" for path in told if path not in rows]
        for path, (facts, vector) in rows.items():
            truth = self._tree.truth(path, facts["size"], facts["mtime_ns"])
            if truth is not None and truth != (facts["content"], vector):
                self.failures.append(f"{path} has the row of another picture")


def _context() -> Any:
    """Where it can be, a process that has imported the database once, and works no further."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__])
    return context


def _rows(folder: Path) -> dict[str, tuple[dict[str, Any], bytes]]:
    """Path → facts and the bytes of the vector."""
    with Library.open(folder, create=True):
        pass
    store = LanceStore(folder, Swatch.fingerprint, Swatch.dim)
    ids = [str(id_) for id_ in store.facts()["id"].to_pylist()]
    vectors = store.vectors(ids)
    found = {}
    for id_, row in store.rows(ids).items():
        facts = {name: value for name, value in asdict(row).items() if name not in _OWN}
        found[row.path] = facts, vectors[id_].tobytes()
    return found


def measure(kills: int, seed: int, place: Path) -> dict[str, Any]:
    """Kill that many runs → counts, and what went wrong (nothing, that is)."""
    harness = Kills(place, seed)
    while harness.counts["killed"] < kills and harness.counts["not reached"] <= kills:
        harness.kill()
    harness.finish()
    return {"seed": seed, **harness.counts, "failures": harness.failures}
