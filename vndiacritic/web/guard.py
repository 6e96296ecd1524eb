"""What a server on a user's own machine lets in, and how every answer is sealed.

A page of any website can send requests to 127.0.0.1. So a request must name this server as its host (a name that an
attacker's DNS points here does not: "DNS rebinding"), must not come from a page of another origin, and answers tell
browsers to keep them from other pages. There are no CORS headers. This module knows HTTP, and no texts.
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vndiacritic.web.answers import failure

__all__ = ["Guard"]

_LOCAL = ("127.0.0.1", "localhost")

_SEALED = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """Middleware that answers what must not reach the application.

    Parameters
    ----------
    app : ASGI application
    port : int
        Where the server listens: a part of its host's name.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in _LOCAL} | (set(_LOCAL) if port == 80 else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a server without websockets never gets here
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SEALED.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refusal(Headers(scope=scope), scope["method"])
        await (refused or self._app)(scope, receive, sealed)

    def _refusal(self, headers: Headers, method: str) -> ASGIApp | None:
        hosts, origin = headers.getlist("host"), headers.get("origin")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            named = ", ".join(sorted(self._hosts))
            return failure(
                HTTPStatus.MISDIRECTED_REQUEST, "wrong-host", f"this server answers to {named} only: use one of these"
            )
        if origin is not None and origin.lower() != f"http://{hosts[0].lower()}":
            return failure(
                HTTPStatus.FORBIDDEN, "other-origin", "pages of other origins may not use this server; programs may"
            )
        # A link from elsewhere may open the page; its scripts, images and frames may not ask for anything.
        opens = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not opens:
            return failure(
                HTTPStatus.FORBIDDEN, "other-origin", "pages of other origins may not use this server; programs may"
            )
        return None
