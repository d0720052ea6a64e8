"""One TensorBoard as a process of its own, for the Jupyter server that starts it.

``python -m tfkit.lab.board_process``: its first line of input is JSON: ``logdir`` and ``secret``.
It listens on a free port of this machine and refuses whoever does not send the secret, so that only the Jupyter server
can ask it. It says ``{"port": 1234}``, and ``{"read": true}`` when the logs have been read once. It ends when its input
does: with the server, however that comes to an end.
"""

from __future__ import annotations

import hmac
import json
import os
import sys
import threading
import types
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

SECRET_HEADER = "X-Tfkit-Secret"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guarded(application: Application, secret: str) -> Application:
    """Return a WSGI application that answers 403 to all who do not know the secret.

    Example:
        >>> said = []
        >>> answer = guarded(lambda environ, start: [b"curves"], "s3cret")
        >>> answer({}, lambda status, headers: said.append(status)), said
        ([b'This TensorBoard answers to its Jupyter server only.'], ['403 Forbidden'])
        >>> answer({"HTTP_X_TFKIT_SECRET": "s3cret"}, print)
        [b'curves']
    """
    key = "HTTP_" + SECRET_HEADER.upper().replace("-", "_")

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if hmac.compare_digest(str(environ.get(key, "")).encode(), secret.encode()):
            return application(environ, start)
        refusal = b"This TensorBoard answers to its Jupyter server only."
        start("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(refusal)))])
        return [refusal]

    return answer


def main() -> None:
    """Serve until the input ends."""
    asked = json.loads(sys.stdin.readline())
    # TensorBoard looks for a module of this name, and does without TensorFlow where it is: 85 MB instead of 599.
    sys.modules["tensorboard.compat.notf"] = types.ModuleType("tensorboard.compat.notf")
    from tensorboard import program
    from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer

    class Guarded(program.WerkzeugServer):  # type: ignore[misc] # TensorBoard carries no types
        def __init__(self, wsgi_app: Application, flags: Any) -> None:
            super().__init__(guarded(wsgi_app, asked["secret"]), flags)

    read_all = EventMultiplexer.Reload

    def read_and_tell(multiplexer: Any) -> Any:
        done = read_all(multiplexer)
        EventMultiplexer.Reload = read_all
        _tell(read=True)
        return done

    EventMultiplexer.Reload = read_and_tell
    board = program.TensorBoard(server_class=Guarded)
    board.configure(
        ("tensorboard",),
        logdir=asked["logdir"],
        host="127.0.0.1",
        port=0,
        load_fast="false",  # else a second server would listen, one that knows no secret
    )
    _tell(port=urlsplit(board.launch()).port)
    sys.stdin.read()
    os._exit(0)  # threads of requests that are answered just now do not keep it


_telling = threading.Lock()


def _tell(**fact: Any) -> None:
    with _telling:
        print(json.dumps(fact), flush=True)


if __name__ == "__main__":
    main()
