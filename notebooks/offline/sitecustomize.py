"""Python loads this when it starts, if the folder is on its path: from then on it reaches this machine alone.

What lessons run is so, and the Python processes they start; see notebooks/conftest.py. Only Python's own sockets are
seen. A hook cannot be taken away again, so nothing else may import this.
"""

import ipaddress
import socket
import sys
from typing import Any


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        sock, address = arguments
        if address and sock.family in (socket.AF_INET, socket.AF_INET6):
            _require_local(address[0])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _require_local(arguments[0])


def _require_local(host: Any) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name and name != "localhost" and not _is_loopback(str(name)):
        # No OSError: a library would take that for a bad connection, and the lesson would go on without.
        raise RuntimeError(f"A lesson reached for {name!r}. Lessons work offline: ship what they need with tfkit.")


def _is_loopback(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


sys.addaudithook(_refuse)
