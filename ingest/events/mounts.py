"""Whether a folder lies on a file system whose changes by others the kernel never hears of (Linux)."""

import os
import re

_REMOTE = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "drvfs", "afs", "ceph", "glusterfs", "lustre", "ncpfs", "vboxsf",
    "prl_fs", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.glusterfs", "fuse.vmhgfs-fuse", "fuse.davfs2", "davfs",
})  # fmt: skip
_ESCAPE = re.compile(r"\\([0-7]{3})")


def remote_kind(root: str, table: str = "/proc/self/mounts") -> str:
    """The kind of the network file system that `root` lies on, empty where it lies on none or nobody tells."""
    try:
        with open(table, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.split(" ") for line in file]
    except OSError:
        return ""
    inside = os.path.join(root, "")
    # The last of two mounts at one place hides the first.
    kinds = {_unescaped(fields[1]): fields[2] for fields in lines if len(fields) > 2}
    around = [place for place in kinds if inside.startswith(os.path.join(place, ""))]
    kind = kinds[max(around, key=len)] if around else ""
    return kind if kind in _REMOTE else ""


def _unescaped(place: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), place)
