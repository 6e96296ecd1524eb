"""The server: an application on a port of this machine, until somebody ends it.

Knows sockets and uvicorn. Text never leaves the loopback interface: there is no way to listen elsewhere.
"""

from __future__ import annotations

import os
import socket
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from vndiacritic.errors import VndiacriticError
from vndiacritic.restorer import Restorer
from vndiacritic.web.app import application
from vndiacritic.web.asked import Limits
from vndiacritic.web.work import Workshop

__all__ = ["HOST", "Server", "listen"]

HOST = "127.0.0.1"

_LAST_WORDS = 2  # seconds that requests have to end
_HEADERS = 16 << 10  # bytes of a request's first line and headers
_CONNECTIONS = 100


def listen(port: int) -> socket.socket:
    """Take a port of this machine; 0 is any that is free.

    Raises
    ------
    VndiacriticError
        It is taken, or not for this user.
    """
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two programs share a port
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((HOST, port))
        taken.listen()
    except OSError as error:
        taken.close()
        raise VndiacriticError(
            f"cannot listen on {HOST}:{port}: {error.strerror}; choose another with --port, or 0 for any that is free"
        ) from error
    return taken


class Server(uvicorn.Server):
    """Answers requests on a port that was taken.

    Parameters
    ----------
    restorer : Restorer
    taken : socket
        From `listen`; it is closed at the end.
    limits : Limits
    """

    def __init__(self, restorer: Restorer, taken: socket.socket, limits: Limits) -> None:
        self._taken, self._workshop = taken, Workshop(limits)
        app = application(restorer, taken.getsockname()[1], limits, self._workshop)
        super().__init__(_config(app))

    def answer(self) -> None:
        """Answer requests until a signal ends it, which is raised again then: Ctrl-C as KeyboardInterrupt."""
        try:
            with self._taken:
                self.run(sockets=[self._taken])
        finally:
            self._workshop.close()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End the work on texts at once when a signal comes, and not when all of it is done."""
        self._workshop.end()
        super().handle_exit(sig, frame)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_LAST_WORDS,
        h11_max_incomplete_event_size=_HEADERS,
    )
