"""What tfkit adds to a Jupyter server, and takes with it when the server ends."""

from __future__ import annotations

import os
from typing import Any

import zmq
from jupyter_client.manager import KernelManager
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from traitlets.config import Config, Configurable

from tfkit.lab.boards import Boards
from tfkit.lab.graphs import GraphFiles
from tfkit.lab.handlers import BoardHandler, BoardsHandler, GraphHandler, LessonsHandler
from tfkit.lab.proxy import ProxyHandler, make_client
from tfkit.version import SERVER_VARIABLE, __version__

_ID = "([0-9a-f]{16})"


class LabExtension(ExtensionApp):
    """The addresses of tfkit below that of the server."""

    name = "tfkit"

    def initialize_handlers(self) -> None:
        """Add the addresses; Jupyter calls this."""
        server: Any = self.serverapp
        os.environ[SERVER_VARIABLE] = __version__
        _answer_at_once(server.web_app.settings)
        _encrypt_kernels(server.kernel_manager)
        self._boards = Boards(server.log, lambda seconds, then: server.io_loop.call_later(seconds, then))
        shared = {"boards": self._boards}
        self.handlers.extend(
            [
                ("/tfkit/graph", GraphHandler, {"graphs": GraphFiles(server.log)}),
                ("/tfkit/lessons", LessonsHandler),
                ("/tfkit/tensorboard", BoardsHandler, shared),
                (f"/tfkit/tensorboard/{_ID}", BoardHandler, shared),
                (f"/tfkit/tensorboard/{_ID}/(.*)", ProxyHandler, {**shared, "client": make_client()}),
            ]
        )

    async def stop_extension(self) -> None:
        """End what was started; Jupyter calls this when it ends in good order, and not always comes to its end."""
        for board in self._boards.all():
            board.stop("The server is ending.")


class _PromptConnection(ZMQChannelsWebsocketConnection):
    """Sends small messages of a kernel at once: else each waits until the one before it is confirmed (40 ms)."""

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        return super().connect()


def _answer_at_once(settings: dict[str, Any]) -> None:
    if settings.get("kernel_websocket_connection_class") is ZMQChannelsWebsocketConnection:
        settings["kernel_websocket_connection_class"] = _PromptConnection


def _encrypt_kernels(manager: Configurable) -> None:
    """Let kernels give what they print to this server alone; else every user of the machine can listen at their ports.

    Jupyter has had this since jupyter_client 8.9 and ipykernel 7.3, switched off. Who has set it stays with his choice.
    """
    if zmq.has("curve") and "transport_encryption" in KernelManager.class_trait_names():
        config = Config({"KernelManager": {"transport_encryption": "auto"}})
        config.merge(manager.config)
        manager.config = config
