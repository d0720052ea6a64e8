"""What happens when a Jupyter server loads the extension."""

from __future__ import annotations

import os
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.utils import url_path_join

from tfkit.lab.boards import Boards
from tfkit.lab.graphs import GraphFiles
from tfkit.lab.handlers import BoardHandler, BoardsHandler, GraphHandler, LessonsHandler
from tfkit.lab.proxy import ProxyHandler, configure_client
from tfkit.version import __version__

# Kernels inherit it, and so know whether the server that shows them has tfkit, and which.
VERSION_VARIABLE = "TFKIT_SERVER_VERSION"


def load(server: Any) -> None:
    """Add the addresses of tfkit to a Jupyter server."""
    os.environ[VERSION_VARIABLE] = __version__
    base: str = server.web_app.settings["base_url"]

    def schedule(seconds: float, then: Any) -> None:
        server.io_loop.call_later(seconds, then)

    def below(*parts: str) -> str:
        return url_path_join(base, "tfkit", *parts)

    boards = Boards(server.log, schedule)
    shared = {"boards": boards}
    server.web_app.add_handlers(
        ".*$",
        [
            (below("graph"), GraphHandler, {"graphs": GraphFiles(server.log)}),
            (below("lessons"), LessonsHandler),
            (below("tensorboard"), BoardsHandler, shared),
            (below("tensorboard", "([0-9a-f]{16})"), BoardHandler, shared),
            (below("tensorboard", "([0-9a-f]{16})/(.*)"), ProxyHandler, {**shared, "client": configure_client()}),
        ],
    )
    _answer_at_once(server.web_app.settings)


class _PromptConnection(ZMQChannelsWebsocketConnection):
    """Sends small messages of a kernel at once: else each waits until the one before it is confirmed (40 ms)."""

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        return super().connect()


def _answer_at_once(settings: dict[str, Any]) -> None:
    if settings.get("kernel_websocket_connection_class") is ZMQChannelsWebsocketConnection:
        settings["kernel_websocket_connection_class"] = _PromptConnection
