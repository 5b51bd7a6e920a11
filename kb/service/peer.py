"""Who is at the other end of a local socket: the user, as the kernel knows it."""

import os
import socket
import sys

LINUX_UCRED_BYTES = 12
"""`struct ucred`: pid, uid, gid."""
BSD_XUCRED_BYTES = 76
"""`struct xucred`: version, uid, the groups."""
BSD_XUCRED_VERSION = 0
BSD_SOL_LOCAL, BSD_LOCAL_PEERCRED = 0, 1
NOBODY_KNOWN = -1


def is_ours(connection: socket.socket) -> bool:
    """Whether the peer runs as our user; a system that cannot tell leaves it to the rights of the folder."""
    uid = peer_uid(connection)
    return uid is None or uid == os.geteuid()


def peer_uid(connection: socket.socket) -> int | None:
    """The user at the other end, None where this system is not known to tell, -1 where it told nothing."""
    try:
        if sys.platform == "linux":
            return uid_in_ucred(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, LINUX_UCRED_BYTES))
        if sys.platform == "darwin" or sys.platform.startswith("freebsd"):
            return uid_in_xucred(connection.getsockopt(BSD_SOL_LOCAL, BSD_LOCAL_PEERCRED, BSD_XUCRED_BYTES))
    except OSError:
        return NOBODY_KNOWN
    return None


def uid_in_ucred(raw: bytes) -> int:
    """The uid in Linux's `struct ucred`, -1 if there is none; a socket without a peer tells 0xffffffff."""
    # The pid is not looked at: it is 0 for a peer outside of our container.
    uid = _number(raw, 4)
    return uid if len(raw) == LINUX_UCRED_BYTES and uid != 0xFFFFFFFF else NOBODY_KNOWN


def uid_in_xucred(raw: bytes) -> int:
    """The uid in the BSDs' `struct xucred`, -1 if there is none or the layout is another version's."""
    return _number(raw, 4) if len(raw) >= 8 and _number(raw, 0) == BSD_XUCRED_VERSION else NOBODY_KNOWN


def _number(raw: bytes, start: int) -> int:
    return int.from_bytes(raw[start : start + 4], sys.byteorder)
