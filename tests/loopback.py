"""Runs a command in a network namespace of its own that has nothing but loopback: `python -m tests.loopback COMMAND…`.

Needs the right to make namespaces (`unshare -rn`). Used by test_offline.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def raise_loopback() -> None:
    """Switch the interface `lo` on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        asked = struct.pack("16sH14x", b"lo", 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(handle, SIOCGIFFLAGS, asked), 16)
        fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


if __name__ == "__main__":
    raise_loopback()
    assert socket.if_nameindex() == [(1, "lo")], "there is more than loopback"
    os.execvp(sys.argv[1], sys.argv[1:])
