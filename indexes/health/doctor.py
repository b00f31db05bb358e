"""`vladva doctor`: what is wrong with a library and its machine, and mending what can be mended.

    examine → findings · repair → sentences

What is broken is moved into the library's folder `damaged`, never deleted, but for files that are
copies anyway. Photos are the truth: what a table lost is indexed again by the next run. Refuses to
know how findings are shown.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from vladva.errors import LibraryError
from vladva.indexes import schema
from vladva.indexes.disks import disks, is_disk
from vladva.indexes.health import rescue
from vladva.indexes.health.finding import Finding, Severity
from vladva.indexes.health.heal import DAMAGED, bad_heads, heal, manifests, place_of
from vladva.indexes.health.machine import machine, processor
from vladva.indexes.home import home
from vladva.indexes.library import Library
from vladva.indexes.paths import from_text
from vladva.indexes.writer import writing

_REPAIR = "vladva doctor --repair"
_AGAIN = "the next `vladva index` reads them again"


def examine(folder: str | os.PathLike[str]) -> list[Finding]:
    """Look at everything, and change nothing; worst first.

    Raises `LibraryError` where there is no library.
    """
    place = home(folder, create=False)
    found = list(processor())
    if found:  # the database cannot even be loaded
        return found
    found += _database(place)
    folders: set[str] = set()
    if not found:
        try:
            with Library.open(place, create=False) as library:
                found += _roots(library)
                bare: set[str] = set()
                for name in _tables(place):
                    found += _table(library, name, folders, bare)
                found += _thumbnails(library, bare)
        except LibraryError as error:
            found.append(Finding(error.message, str(place), "error", error.hint))
    found += _aside(place)
    found += machine(place, folders=len(folders))
    rank = ("error", "warning", "note")
    return sorted(found, key=lambda finding: rank.index(finding.severity))


def repair(folder: str | os.PathLike[str]) -> list[str]:
    """Mend what `examine` calls repairable → what was done, one sentence each.

    Raises `LibraryError` where another program writes, and where the disk does not let it.
    """
    place = home(folder, create=False)
    with writing(place), schema.told(place):
        done = _mend_database(place)
        with Library.open(place, create=False) as library:
            for name in _tables(place):
                done += _mend_table(library, name)
            done += _mend_thumbnails(library)
    return done


# ---- the database


def _database(place: Path) -> list[Finding]:
    where = str(place / rescue.NAME)
    try:
        Library.open(place, create=False).close()
        if not _broken(place):
            return []
        what = "The database of the library is damaged."
    except LibraryError as error:
        if not _broken(place):  # too new, or locked
            return [Finding(error.message, where, "error", error.hint)]
        what = error.message
    return [Finding(what, where, "error", _REPAIR, repairable=True)]


def _broken(place: Path) -> bool:
    """Whether a new database is better than what is there."""
    return not schema.is_sound(place / rescue.NAME)


def _mend_database(place: Path) -> list[str]:
    if not _broken(place):
        return []
    saved = rescue.rescue(place)
    roots, failures = saved.get("roots", 0), saved.get("failures", 0)
    kept = f"{roots:,} folders and {failures:,} failures are saved"
    return [f"Made a new database: {kept}. What was left of the old one is in {place / DAMAGED}."]


def _roots(library: Library) -> Iterator[Finding]:
    for root in library.roots():
        if root.state == "offline":
            yield Finding(
                "A photo folder cannot be reached; what is known of it is kept.",
                root.path,
                "warning",
                f"Connect its disk, or `vladva forget {root.path}`.",
            )
        for folder in disks(library, root.path):
            if not is_disk(folder):
                yield Finding(
                    "A disk inside a photo folder is away; what is known of it is kept.",
                    folder,
                    "warning",
                    f"Connect it, or `vladva forget {folder}`.",
                )
    if failures := library.failures():
        yield Finding(
            f"{len(failures):,} file{'s' * (len(failures) != 1)} could not be indexed.",
            str(library.folder),
            "note",
            "`vladva status` names them.",
        )


# ---- the tables


def _tables(place: Path) -> list[str]:
    return sorted(
        file.stem
        for file in (place / "tables").glob("photos-*.lance")
        if not file.stem.endswith((".partial", ".rebuilt"))
        and (manifests(file) or any((file / "data").glob("*")))  # else its making was killed
    )


def _table(library: Library, name: str, folders: set[str], bare: set[str]) -> Iterator[Finding]:
    """Findings about a table; `folders` gets those that its photos are in.

    `bare` gets the photos that have no thumbnail.
    """
    from vladva.indexes.health.resident_check import ResidentCheck
    from vladva.indexes.health.salvage import Look, Salvage
    from vladva.indexes.health.thumbnails import is_lost

    place = place_of(library.folder, name)
    if bad := bad_heads(place):
        yield Finding(
            f"{len(bad)} of the newest versions of a table are cut off; an older one serves, and "
            "is healed when the table is next opened.",
            str(place),
            "error",
            _REPAIR,
            repairable=True,
        )
        return
    look, resident = Look(), ResidentCheck(library.folder, name)
    for rows in Salvage(library.folder, name, library.photo_id).good(look):
        resident.see(rows)
        paths = [from_text(path) for path in rows["path"].to_pylist()]
        folders.update(map(os.path.dirname, paths))
        bare.update(path for path in paths if is_lost(library, path))
    if not look.whole:
        lost = f"{look.rows - look.good:,} of {look.rows:,} photos" if look.rows else "Photos"
        what = f"{lost} of a table cannot be read; {_AGAIN}."
        yield Finding(what, str(place), "error", _REPAIR, repairable=True)
    if resident.cut or resident.wrong:
        what = "A file of vectors for search is damaged; it is made again when it is missing."
        severity: Severity = "error" if resident.wrong else "warning"
        yield Finding(what, str(resident.file), severity, _REPAIR, repairable=True)


def _mend_table(library: Library, name: str) -> list[str]:
    from vladva.indexes.health.resident_check import ResidentCheck
    from vladva.indexes.health.salvage import Look, Salvage

    place, done = place_of(library.folder, name), []
    if bad := bad_heads(place):
        heal(library.folder, place)
        done.append(f"{place.name}: moved {len(bad)} broken versions aside; an older one serves.")
    salvage = Salvage(library.folder, name, library.photo_id)
    look, resident = Look(), ResidentCheck(library.folder, name)
    for rows in salvage.good(look):
        resident.see(rows)
    if not look.whole:
        kept = salvage.rebuild()
        lost = f"{kept.rows - kept.good:,} of {kept.rows:,} photos were"
        done.append(f"{place.name}: made anew; {lost} lost, {_AGAIN}.")
    if resident.file is not None and (resident.cut or resident.wrong):
        resident.file.unlink(missing_ok=True)
        done.append(f"{resident.file.name}: deleted; search makes it again.")
    return done


def _thumbnails(library: Library, bare: set[str]) -> Iterator[Finding]:
    if bare:
        yield Finding(
            f"{len(bare):,} thumbnails are missing; each is drawn again when it is looked at.",
            str(library.folder / "thumbs"),
            "note",
            _REPAIR,
            repairable=True,
        )


def _mend_thumbnails(library: Library) -> list[str]:
    from vladva.indexes.health.thumbnails import draw, is_lost
    from vladva.indexes.lance import LanceStore

    stores = [LanceStore(library.folder, e.fingerprint, e.dim) for e in library.encoders()]
    known = {path: stamp for store in stores for path, stamp in store.known().items()}
    bare = [stamp for path, stamp in known.items() if is_lost(library, path)]
    drawn = draw(library, bare)
    return [f"Drew {drawn:,} of {len(bare):,} missing thumbnails."] if bare else []


def _aside(place: Path) -> Iterator[Finding]:
    folder = place / DAMAGED
    if folder.is_dir():
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        yield Finding(
            f"Broken files were moved aside ({size >> 10:,} KiB).",
            str(folder),
            "note",
            "Delete that folder once nothing is missed.",
        )
