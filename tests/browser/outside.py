"""What is outside of this machine, as the browser of the tests finds it: one proxy, which writes down who is asked for.

Everything that the browser would send to another host goes to the proxy, whatever made it: a page, a frame, a worker,
a socket, the browser itself. Nothing is let through.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Outside:
    """Whom the browser asked for since the last look, as methods and addresses, and the flags that make it ask here."""

    port: int
    asked: list[str] = field(default_factory=list)

    @property
    def flags(self) -> tuple[str, ...]:
        return (
            f"--proxy-server=http://127.0.0.1:{self.port}",
            "--proxy-bypass-list=<-loopback>;127.0.0.1;localhost",  # and no other address that is taken for a near one
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        )

    def take(self) -> list[str]:
        """Return whom it asked for, and forget it."""
        found, self.asked[:] = list(self.asked), []
        return found

    def expect_nothing(self) -> None:
        """Fail if anybody was asked."""
        found = self.take()
        assert found == [], f"the browser asked other machines: {', '.join(found)}"


@contextmanager
def refused_outside() -> Iterator[Outside]:
    """Answer for the whole world, with a refusal."""

    class Handler(socketserver.StreamRequestHandler):
        timeout = 10

        def handle(self) -> None:
            method, _, rest = self.rfile.readline(65_536).decode("latin-1").partition(" ")
            outside.asked.append(f"{method} {rest.rpartition(' ')[0]}")
            while self.rfile.readline(65_536).strip():  # the headers, so that the answer is not lost with them
                pass
            self.wfile.write(_REFUSED)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        outside = Outside(server.server_address[1])
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield outside
        finally:
            server.shutdown()
