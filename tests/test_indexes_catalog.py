"""The comparison of disk and index, against a slow model that spells the definitions out."""

import os
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from vladva.indexes.catalog import FileStamp, Move, Plan, diff, fuse_blows

FOLDERS = [f"{os.sep}p{os.sep}{folder}" for folder in "abc"]
PATHS = [f"{folder}{os.sep}{name}" for folder in FOLDERS for name in "xyz"]

stamps = st.builds(
    FileStamp,
    path=st.sampled_from(PATHS),
    size=st.integers(1, 2),
    mtime_ns=st.integers(1, 2),
    dev=st.integers(1, 2),
    inode=st.integers(0, 4),
    beside=st.sampled_from(["", "", "x.xmp\t1\t1"]),
)


def stamp(path: str, **facts: Any) -> FileStamp:
    return FileStamp(path, **{"size": 10, "mtime_ns": 5, "dev": 1, "inode": 7, **facts})


def known(*rows: FileStamp) -> dict[str, FileStamp]:
    return {row.path: row for row in rows}


def identity(one: FileStamp) -> tuple[object, ...]:
    return one.dev, one.inode, one.size, one.mtime_ns, one.beside


def model(
    seen: list[FileStamp], rows: dict[str, FileStamp], hidden: list[str], stale: list[str]
) -> Plan:
    """The definitions, in the square of the time."""
    last = {one.path: one for one in seen}
    fresh = [one for path, one in last.items() if path not in rows]
    other = [
        one for path, one in last.items() if path in rows and identity(one) != identity(rows[path])
    ]
    missing = [
        row
        for path, row in rows.items()
        if path not in last and not any(path.startswith(folder + os.sep) for folder in hidden)
    ]
    homeless = [r for r in [*missing, *(rows[one.path] for one in other)] if r.path not in stale]
    roomless = fresh + other
    moved = [
        Move(row, one)
        for row in homeless
        for one in roomless
        if one.inode != 0
        and identity(row) == identity(one)
        and [identity(other) for other in homeless].count(identity(row)) == 1
        and [identity(other) for other in roomless].count(identity(one)) == 1
    ]
    left, arrived = [m.old.path for m in moved], [m.new.path for m in moved]
    kept = [path for path in last if path in rows and path not in arrived]
    facts = ("size", "mtime_ns", "beside")
    changed = [
        last[path]
        for path in kept
        if any(getattr(last[path], name) != getattr(rows[path], name) for name in facts)
        or path in stale
        or path in left
    ]
    newest = {"key": lambda one: (-one.mtime_ns, one.path)}
    return Plan(
        added=tuple(sorted((s for s in fresh if s.path not in arrived), **newest)),
        changed=tuple(sorted(changed, **newest)),
        moved=tuple(sorted(moved, key=lambda move: move.new.path)),
        gone=tuple(sorted(row for row in missing if row.path not in left)),
        unchanged=len(kept) - len(changed),
    )


@given(
    seen=st.lists(stamps, max_size=9, unique_by=lambda s: s.path),
    rows=st.lists(stamps, max_size=9, unique_by=lambda s: s.path).map(lambda rows: known(*rows)),
    hidden=st.lists(st.sampled_from(FOLDERS), max_size=2),
    stale=st.lists(st.sampled_from(PATHS), max_size=3),
)
def test_any_two_states_differ_as_the_model_says(
    seen: list[FileStamp], rows: dict[str, FileStamp], hidden: list[str], stale: list[str]
) -> None:
    assert diff(iter(seen), rows, hidden, stale) == model(seen, rows, hidden, stale)


@given(
    seen=st.lists(stamps, max_size=9, unique_by=lambda s: s.path),
    rows=st.lists(stamps, max_size=9, unique_by=lambda s: s.path).map(lambda rows: known(*rows)),
)
@example(seen=[], rows={})
def test_every_file_and_every_row_is_in_exactly_one_part(
    seen: list[FileStamp], rows: dict[str, FileStamp]
) -> None:
    plan = diff(seen, rows)
    files = [s.path for s in (*plan.added, *plan.changed)] + [m.new.path for m in plan.moved]
    assert len(files) == len(set(files))
    assert len(files) + plan.unchanged == len(seen)
    left = {s.path for s in plan.gone} | {m.old.path for m in plan.moved}
    assert len(left) == len(plan.gone) + len(plan.moved)
    replaced = {m.new.path for m in plan.moved} & rows.keys()
    rest = left | replaced | {s.path for s in plan.changed}
    assert len(rest) + plan.unchanged == len(rows)


def test_an_unchanged_folder_asks_for_nothing() -> None:
    rows = known(*(stamp(path, inode=n) for n, path in enumerate(PATHS, 1)))
    assert diff(rows.values(), rows) == Plan((), (), (), (), len(PATHS))


def test_another_device_or_inode_alone_is_no_change() -> None:
    """Disks are renumbered at every start, and some file systems invent inodes."""
    rows = known(stamp("/p/x"))
    assert diff([stamp("/p/x", dev=9, inode=99)], rows).unchanged == 1


def test_a_renamed_file_is_moved_and_neither_added_nor_gone() -> None:
    old, new = stamp("/p/x"), stamp("/p/y")
    assert diff([new], known(old)) == Plan((), (), (Move(old, new),), (), 0)


def test_a_rename_that_changes_only_case_is_a_move() -> None:
    old, new = stamp("/p/Sea.JPG"), stamp("/p/sea.jpg")
    assert diff([new], known(old)).moved == (Move(old, new),)


def test_names_that_changed_places_are_moves_though_size_and_time_are_the_same() -> None:
    one, two = stamp("/p/x"), stamp("/p/y", inode=8)
    plan = diff([two._replace(path="/p/x"), one._replace(path="/p/y")], known(one, two))
    assert [(m.old.path, m.new.path) for m in plan.moved] == [("/p/y", "/p/x"), ("/p/x", "/p/y")]
    assert (plan.added, plan.changed, plan.gone, plan.unchanged) == ((), (), (), 0)


def test_names_that_were_shifted_are_moves() -> None:
    one, two = stamp("/p/1"), stamp("/p/2", inode=8, mtime_ns=6)
    plan = diff([two._replace(path="/p/3"), one._replace(path="/p/2")], known(one, two))
    assert [(m.old.path, m.new.path) for m in plan.moved] == [("/p/1", "/p/2"), ("/p/2", "/p/3")]
    assert (plan.added, plan.changed, plan.gone) == ((), (), ())


def test_a_copy_that_took_the_name_of_a_moved_file_is_read() -> None:
    old = stamp("/p/x")
    copy, gone_on = stamp("/p/x", inode=9), stamp("/p/y")
    plan = diff([copy, gone_on], known(old))
    assert (plan.moved, plan.changed) == ((Move(old, gone_on),), (copy,))


def test_a_sidecar_that_comes_changes_or_goes_changes_its_photo() -> None:
    bare, told = stamp("/p/x"), stamp("/p/x", beside="x.xmp\t1\t1")
    for before, after in [(bare, told), (told, bare), (told, stamp("/p/x", beside="x.xmp\t1\t2"))]:
        assert diff([after], known(before)).changed == (after,)


def test_a_file_that_moved_away_from_its_sidecar_is_left_to_its_content() -> None:
    old, new = stamp("/p/x", beside="x.xmp\t1\t1"), stamp("/p/y")
    plan = diff([new], known(old))
    assert (plan.added, plan.gone) == ((new,), (old,))


def test_what_an_older_reader_told_is_read_again_moved_or_not() -> None:
    here, there = stamp("/p/x"), stamp("/p/y", inode=8)
    seen = [here, there._replace(path="/p/z")]
    plan = diff(seen, known(here, there), stale={"/p/x", "/p/y"})
    assert (plan.changed, plan.added, plan.gone) == ((here,), (seen[1],), (there,))


def test_a_new_hard_link_beside_the_old_name_is_added() -> None:
    old, new = stamp("/p/x"), stamp("/p/y")
    assert diff([old, new], known(old)) == Plan((new,), (), (), (), 1)


def test_two_candidates_for_one_move_are_left_to_their_content() -> None:
    old, one, two = stamp("/p/x"), stamp("/p/y"), stamp("/p/z")
    plan = diff([one, two], known(old))
    assert plan.added == (one, two)
    assert plan.gone == (old,)


def test_a_file_system_without_inodes_makes_no_moves() -> None:
    old, new = stamp("/p/x", inode=0), stamp("/p/y", inode=0)
    plan = diff([new], known(old))
    assert (plan.added, plan.gone, plan.moved) == ((new,), (old,), ())


def test_rows_below_a_folder_that_cannot_be_read_are_not_gone() -> None:
    row = stamp("/p/closed/x".replace("/", os.sep))
    assert diff([], known(row), hidden=["/p/closed".replace("/", os.sep)]).gone == ()
    assert diff([], known(row), hidden=["/p/clo".replace("/", os.sep)]).gone == (row,)


def test_files_are_read_newest_first_and_equals_in_the_order_of_paths() -> None:
    files = [stamp("/p/a", mtime_ns=1), stamp("/p/c", mtime_ns=9), stamp("/p/b", mtime_ns=9)]
    assert [s.path for s in diff(files, {}).added] == ["/p/b", "/p/c", "/p/a"]


def test_the_fuse_holds_for_a_tidy_up_and_blows_for_a_lost_disk() -> None:
    def blows(known: int, gone: int, *, device_changed: bool = False) -> bool:
        return fuse_blows(known=known, gone=gone, device_changed=device_changed)

    assert not blows(400, 10)
    assert not blows(100, 50)  # half of a small folder may well be tidied away
    assert not blows(1000, 200)  # exactly a fifth
    assert blows(1000, 201)
    assert blows(255, 52)
    assert not blows(30, 30)
    assert blows(30, 30, device_changed=True)
    assert not blows(30, 3, device_changed=True)
    assert not blows(0, 0, device_changed=True)
