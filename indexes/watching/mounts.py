"""Which folders lie on a network: there, a change made elsewhere sends no event.

Asks the system's own table of mounts (Linux), and knows nothing where there is none.
"""

from pathlib import Path

from vladva.indexes.paths import overlap

NETWORK = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "fuse.davfs",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.goofys",
        "fuse.gvfsd-fuse",
        "fuse.juicefs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "fuse.vmhgfs-fuse",
        "gfs2",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "prl_fs",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
        "vmhgfs",
    }
)
"""File systems that others change behind this system's back."""
_MOUNTS = Path("/proc/self/mounts")
_ESCAPES = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}


def network_type(folder: str, mounts: Path = _MOUNTS) -> str | None:
    """The kind of network file system that `folder` or a folder below it is on, None for none."""
    around, found = "", None
    for place, kind in _mounts(mounts):
        if not overlap(place, folder):
            continue
        if len(place) > len(folder):  # mounted below: a part of it is enough
            if kind in NETWORK:
                return kind
        elif len(place) >= len(around):  # the last and longest is the one that shows
            around, found = place, kind
    return found if found in NETWORK else None


def _mounts(table: Path) -> list[tuple[str, str]]:
    try:
        lines = table.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    fields = [line.split(" ") for line in lines]
    return [(_plain(field[1]), field[2]) for field in fields if len(field) > 2]


def _plain(place: str) -> str:
    for escaped, char in _ESCAPES.items():
        place = place.replace(escaped, char)
    return place
