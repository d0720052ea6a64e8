"""Jupyter servers with the extension in them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers import Server, serve, write_scalars


@pytest.fixture
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """A function that starts a server for one folder; see `serve`."""
    with ExitStack() as running:

        def start(folder: Path, *options: str, **how: str) -> Server:
            return running.enter_context(serve(folder, tmp_path_factory.mktemp("user"), *options, **how))

        yield start


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for a folder with logs in ``runs``, which the tests of a module share."""
    folder = tmp_path_factory.mktemp("home")
    write_scalars(folder / "runs" / "first")
    with serve(folder, tmp_path_factory.mktemp("user")) as running:
        yield running
