"""A worker among several: how it joins the others, and how it leaves."""

from __future__ import annotations

import faulthandler
import json
import os
import re
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from tfkit.errors import TfkitError
from tfkit.training.team import Team
from tfkit.training.workers import LOST, READY, WAIT_S


def work(train: Callable[[Team], int]) -> NoReturn:
    """Join the others, train, and end this process, with the code that `train` returns.

    It ends at once, without TensorFlow's own farewell, which waits for workers that may be gone.
    """
    import tensorflow as tf

    gone = (
        *(tf.errors.UnavailableError, tf.errors.DeadlineExceededError),
        *(tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.InternalError),
    )
    code = 1
    try:
        code = train(_join())
    except gone as error:
        print(f"tfkit: worker {_lost(str(error))} is gone.", file=sys.stderr)
        code = LOST
    except TfkitError as error:
        print(f"tfkit: {error}", file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _join() -> Team:
    """Wait for the others; the parent has the words if one does not come."""
    # The constructor waits in C with Python locked, so only a watch in C can end it, should the parent be gone.
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(WAIT_S + 10, exit=True, file=nowhere)
        import tensorflow as tf

        options = tf.distribute.experimental.CommunicationOptions(implementation="RING")
        strategy = tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)
        faulthandler.cancel_dump_traceback_later()
    os.write(int(os.environ[READY]), b"r")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    config = json.loads(os.environ["TF_CONFIG"])
    return Team(tuple(config["cluster"]["worker"]), config["task"]["index"], strategy)


def _end_with_parent() -> None:
    os.read(0, 1)  # the parent writes nothing: this is its end
    os._exit(1)


def _lost(message: str) -> str:
    """Return the name of the worker that is gone, from TensorFlow's error: the innermost that it names."""
    names = json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"]
    task = re.search(r"/task:(\d+)", message[message.find("aborted by") :])
    return str(names[int(task[1]) if task else 0])  # where none is named it is the first, which counts the others
