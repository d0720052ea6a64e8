"""What the page may ask the Jupyter server of tfkit; all of it behind the server's login and its XSRF check."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.web import HTTPError

from tfkit.course.learner import find_course
from tfkit.errors import TfkitError
from tfkit.lab.boards import Board, Boards
from tfkit.lab.contents import locate, root_of
from tfkit.lab.graphs import GraphFiles, stamp_of
from tfkit.lab.guarded import GuardedHandler
from tfkit.lab.lessons import describe
from tfkit.version import __version__

_NEW_FOLDER = "tfkit-course"
_MOST_LETTERS = 4096  # of the name of a folder


class GraphHandler(GuardedHandler, APIHandler):
    """``GET tfkit/graph?path=``: what the page draws a model file from."""

    auth_resource = "contents"

    def initialize(self, graphs: GraphFiles) -> None:
        """Take in what all requests share."""
        self._graphs = graphs

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer ``{"version": 1, "data": base64}``, or 304 if the page knows this state of the file."""
        name = self.get_query_argument("path")
        path = locate(self.contents_manager, name)
        stamp = stamp_of(path)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Etag", f'"{stamp}"')
        if self.check_etag_header():
            self.set_status(304)
            return
        data = await self._graphs.read(path, stamp, Path(name).name)
        self.finish(json.dumps({"version": 1, "data": data}))


class LessonsHandler(GuardedHandler, APIHandler):
    """``tfkit/lessons``: the course, and its copying to where the learner works."""

    auth_resource = "contents"

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer what the panel shows; with ``?teacher=1`` hints and solutions, too."""
        teacher = self.get_query_argument("teacher", "") == "1"
        root = root_of(self.contents_manager)
        found = await asyncio.to_thread(describe, root, teacher=teacher)
        self.finish(json.dumps({"version": __version__, **found}))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Copy the lessons to the course's folder, or to a new one; answer what was done, in words."""
        from tfkit.workbook import copy_lessons

        root = root_of(self.contents_manager)
        target = find_course(root) or root / _NEW_FOLDER
        try:
            copied = await asyncio.to_thread(copy_lessons, target)
        except TfkitError as error:
            raise HTTPError(422, str(error)) from error
        self.finish(json.dumps({"message": str(copied).replace(str(target), target.name)}))


class _OfBoards(GuardedHandler, APIHandler):
    auth_resource = "kernels"  # as one of these it is a process that the user starts

    def initialize(self, boards: Boards) -> None:
        """Take in what all requests share."""
        self._boards = boards


class BoardsHandler(_OfBoards):
    """``tfkit/tensorboard``: which TensorBoards there are, and how each stands."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer all of them."""
        self.finish(json.dumps([self._told(board) for board in self._boards.all()]))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Start the one of a folder unless it runs: ``{"logdir": "runs"}``, absolute or below what the server shows."""
        body = self._asked()
        logdir, name = body.get("logdir"), body.get("name")
        if not isinstance(logdir, str) or not logdir.strip() or "\0" in logdir or len(logdir) > _MOST_LETTERS:
            raise HTTPError(400, 'TensorBoard needs the name of a folder: {"logdir": "runs"}.')
        if "://" in logdir:
            raise HTTPError(422, f"{logdir!r} is not on this machine: TensorBoard here reads folders of its own disk.")
        try:
            folder = (root_of(self.contents_manager) / Path(logdir).expanduser()).resolve()
        except (OSError, RuntimeError, ValueError) as error:  # half a letter, say, is in no name
            raise HTTPError(422, f"{logdir!r} is not a folder: {error}.") from error
        called = name[:_MOST_LETTERS] if name and isinstance(name, str) else logdir
        self.finish(json.dumps(self._told(await self._boards.open(folder, called))))

    def _asked(self) -> dict[str, Any]:
        """Return what the body says. Jupyter's own reading of it fails at what is no text, and fills the log."""
        try:
            body = json.loads(self.request.body)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}

    def _told(self, board: Board) -> dict[str, Any]:
        return {**board.to_dict(), "url": f"{self.base_url}tfkit/tensorboard/{board.id}/"}


class BoardHandler(_OfBoards):
    """``tfkit/tensorboard/<id>``: one of them, to be looked at or ended."""

    @web.authenticated
    @authorized
    async def get(self, board_id: str) -> None:
        """Lead to the page of TensorBoard."""
        self.redirect(f"{self.request.path}/")

    @web.authenticated
    @authorized
    async def delete(self, board_id: str) -> None:
        """End its process."""
        board = self._boards.find(board_id)
        if board is None:
            raise HTTPError(404, "There is no such TensorBoard.")
        board.stop("Stopped.")
        self.set_status(204)
