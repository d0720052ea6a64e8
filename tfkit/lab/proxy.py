"""TensorBoard behind the login of Jupyter: each request is checked, and passed on to the process of its board."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import unquote_plus

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import origin_matches_pat
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.web import HTTPError

from tfkit.lab.board_process import SECRET_HEADER
from tfkit.lab.boards import Boards
from tfkit.lab.guarded import GuardedHandler

# What is passed on; neither Cookie nor Authorization, which are for the Jupyter server alone.
_ASKED = ("Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "If-Modified-Since", "If-None-Match", "Range")
_ANSWERED = (
    *("Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Range", "Content-Type", "Etag", "Expires"),
    *("Last-Modified", "X-Content-Type-Options"),
)
_FRAMES = "frame-ancestors 'self'"
# An event file may hold anything under the name of a picture: opened on its own it must not run.
_DATA_POLICY = f"sandbox; default-src 'none'; {_FRAMES}"
_ABSOLUTE_FONT, _RELATIVE_FONT = b"url(/font-roboto/", b"url(font-roboto/"  # tensorboard#1885
_TIMEOUT_S = 120.0
_MOST_BYTES = 500 * 2**20


class ProxyHandler(GuardedHandler):
    """``tfkit/tensorboard/<id>/...``."""

    auth_resource = "kernels"

    def initialize(self, boards: Boards, client: AsyncHTTPClient) -> None:
        """Take in what all requests share."""
        self._boards, self._client = boards, client

    async def prepare(self) -> None:  # type: ignore[override] # as it is used, also by Jupyter's own handlers
        """Let in who is logged in and asks from a page of this server; 403 for all others, never a login page."""
        if not self._is_from_here() or "Upgrade" in self.request.headers:
            raise HTTPError(403, "TensorBoard can be reached from pages of this Jupyter server only.")
        await super().prepare(_redirect_to_login=False)

    def check_xsrf_cookie(self) -> None:
        """TensorBoard's own requests carry no mark of Jupyter's; `prepare` has looked at where they come from."""
        if not hasattr(self, "_jupyter_current_user"):
            return  # tornado asks before it is known who asks, Jupyter once more afterwards
        if not self.request.headers.get("Origin") and not self.token_authenticated:
            raise HTTPError(403, "A request without an origin.")

    def _is_from_here(self) -> bool:
        origin, host = self.request.headers.get("Origin"), self.request.headers.get("Host")
        if origin:
            if host and origin.lower().partition("://")[2] == host.lower():
                return True
            pattern = self.allow_origin_pat
            return self.allow_origin in ("*", origin) or bool(pattern and origin_matches_pat(pattern, origin))
        # A page elsewhere that takes TensorBoard in as a picture or a script; a link to it is a document.
        site, kind = (self.request.headers.get(f"Sec-Fetch-{name}") for name in ("Site", "Dest"))
        return site in (None, "none", "same-origin") or kind == "document"

    def get_login_url(self) -> str:
        """Refuse, where Jupyter would lead to its login page: a picture of that is no use within TensorBoard."""
        raise HTTPError(403, "TensorBoard can be reached after logging in to Jupyter only.")

    @web.authenticated
    @authorized
    async def get(self, board_id: str, path: str) -> None:
        """Pass a request on."""
        board = self._boards.find(board_id)
        if board is None or board.port is None:
            said = board.message if board else "This TensorBoard is not open."
            raise HTTPError(404 if board is None else 424, said or "This TensorBoard is starting.")
        board.used = time.monotonic()
        is_page = path in ("", "index.html")
        headers = {name: self.request.headers[name] for name in _ASKED if name in self.request.headers}
        if is_page:
            headers.pop("Accept-Encoding", None)  # it is changed on its way
        request = HTTPRequest(
            f"http://127.0.0.1:{board.port}{self._inner(board_id)}",
            method=str(self.request.method),
            headers={**headers, SECRET_HEADER: board.secret},
            body=self.request.body if self.request.method == "POST" else None,
            follow_redirects=False,
            decompress_response=False,
            request_timeout=_TIMEOUT_S,
        )
        try:
            answer = await self._client.fetch(request, raise_error=False)
        except (OSError, HTTPClientError) as error:
            self.log.error("TensorBoard for %s does not answer: %s", board.folder, error)
            raise HTTPError(424, "TensorBoard does not answer.") from error
        if answer.code >= 500:  # so it ends where it does not foresee what it is asked
            self.log.warning("TensorBoard for %s cannot answer %r (%s).", board.folder, path[:200], answer.code)
            raise HTTPError(422, "TensorBoard cannot answer this.")
        self._pass_back(answer, path, is_page)

    head = post = get

    def _inner(self, board_id: str) -> str:
        """Return the address within TensorBoard as it was written, but for a token of Jupyter's."""
        _, _, inner = str(self.request.uri).partition(f"/{board_id}")
        path, _, query = inner.partition("?")
        kept = "&".join(part for part in query.split("&") if unquote_plus(part.partition("=")[0]) != "token")
        return f"{path}?{kept}" if kept else path

    def _pass_back(self, answer: Any, path: str, is_page: bool) -> None:
        self.set_status(answer.code, answer.reason)
        policy = answer.headers.get("Content-Security-Policy")
        if policy:
            self.set_header("Content-Security-Policy", f"{policy};{_FRAMES}")
        elif path.startswith("data/"):
            self.set_header("Content-Security-Policy", _DATA_POLICY)
        for name in _ANSWERED:
            if name in answer.headers:
                self.set_header(name, answer.headers[name])
        body = answer.body or b""
        self.finish(body.replace(_ABSOLUTE_FONT, _RELATIVE_FONT) if is_page else body)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what is wrong in one sentence, not as a page of Jupyter's."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish((getattr(error, "log_message", None) or self._reason) + "\n")


def make_client() -> AsyncHTTPClient:
    """Return the client for TensorBoards: its page asks for many things at once."""
    return AsyncHTTPClient(force_instance=True, max_clients=32, max_body_size=_MOST_BYTES, max_buffer_size=_MOST_BYTES)
