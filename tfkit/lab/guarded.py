"""What all handlers of tfkit do otherwise than Jupyter's: nothing they are sent is an error, and no token is noted."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError


class GuardedHandler(JupyterHandler):
    """Refuses addresses that cannot be read, and keeps those it was sent out of the log: a token may stand in them."""

    def check_origin(self, origin_to_satisfy_tornado: str = "") -> bool:
        """Return whether a request comes from a page of this server."""
        try:
            return bool(super().check_origin(origin_to_satisfy_tornado))
        except ValueError:  # such as http://[
            return False

    def check_referer(self) -> bool:
        """Return whether a request was made on a page of this server."""
        try:
            return bool(super().check_referer())
        except ValueError:
            return False

    def log_exception(
        self, typ: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Note what went wrong; tornado would write the whole address, which Jupyter does not let it do elsewhere."""
        asked: tuple[Any, ...] = (self.request.method, self.request.path)
        if not isinstance(value, HTTPError):
            self.log.error("%s %r ended with an error.", *asked, exc_info=value)
        elif value.log_message:
            self.log.warning("%s %r: %s", *asked, value)
