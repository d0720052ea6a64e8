"""Run a command in a network of its own, in which there is nothing but this machine.

TensorFlow's workers listen on all addresses and ask nobody for a password; those of a test are reached by nobody else.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from functools import cache

_APART = ("unshare", "--map-root-user", "--net")
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1  # of Linux, for a network card


def shut_in(command: Sequence[str]) -> list[str]:
    """Return the command with what shuts it in; without, where the system has no such thing."""
    return [*_APART, sys.executable, __file__, *command] if _works() else list(command)


@cache
def _works() -> bool:
    if shutil.which(_APART[0]) is None:
        return False
    tried = [
        *_APART,
        sys.executable,
        __file__,
        sys.executable,
        "-c",
        "import socket; socket.create_server(('127.0.0.1', 0))",
    ]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def _start_loopback() -> None:
    import fcntl

    with socket.socket() as any_socket:
        name = b"lo".ljust(16, b"\0")
        flags = struct.unpack("16xh", fcntl.ioctl(any_socket, _GET_FLAGS, name + b"\0" * 24)[:18])[0]
        fcntl.ioctl(any_socket, _SET_FLAGS, name + struct.pack("h22x", flags | _UP))


if __name__ == "__main__":
    _start_loopback()
    os.execvp(sys.argv[1], sys.argv[1:])
