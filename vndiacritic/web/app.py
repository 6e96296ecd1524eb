"""The application that `vndiacritic serve` runs: a page, and requests in JSON.

Knows paths and how requests go to the work and back. What can be asked is api's affair, whether it may be that of
guard.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from vndiacritic import __version__
from vndiacritic.errors import VndiacriticError
from vndiacritic.restorer import Restorer
from vndiacritic.web.answers import Refused, answer, failure
from vndiacritic.web.api import KINDS, Kind
from vndiacritic.web.asked import Limits, read_body, read_fields
from vndiacritic.web.guard import Guard
from vndiacritic.web.page import Page, data_block, page_file
from vndiacritic.web.work import Workshop

__all__ = ["application"]


def application(restorer: Restorer, port: int, limits: Limits, workshop: Workshop) -> ASGIApp:
    """Put the application together.

    Parameters
    ----------
    restorer : Restorer
    port : int
        Where it will listen.
    limits : Limits
    workshop : Workshop
        Where the work is done; who gave it closes it.
    """
    page = Page("serve", "'self'")
    facts = data_block("facts", {"threshold": 9000, "size": limits.size})
    described = _described(port, limits)
    about = {"version": __version__, "model": restorer.info, "limits": limits._asdict()}
    kinds = [
        Route(f"/api/{name}", partial(_do, kind, restorer, limits, workshop), methods=["POST"])
        for name, kind in KINDS.items()
    ]
    app = Starlette(
        routes=[
            Route("/", _always(_html("".join(page.pieces("vndiacritic", iter([facts]))), page.policy))),
            Route("/openapi.json", _always(lambda: answer(described))),
            Route("/api/info", _always(lambda: answer(about))),
            *kinds,
        ],
        exception_handlers={
            Refused: _refused,
            VndiacriticError: _wrong,
            HTTPException: _no_such,
            Exception: _broken,
        },
    )
    return Guard(app, port)  # around all of it, what Starlette does about bugs too


async def _do(kind: Kind, restorer: Restorer, limits: Limits, workshop: Workshop, request: Request) -> Response:
    """Answer a request of some kind."""
    asked = read_fields(await read_body(request, limits), kind.fields)
    return await workshop.do(request, lambda turn: answer(kind.work(restorer, turn, asked)))


def _always(make: Callable[[], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that has one answer."""

    async def endpoint(request: Request) -> Response:
        return make()

    return endpoint


def _html(page: str, policy: str) -> Callable[[], Response]:
    headers = {"content-security-policy": f"{policy}; frame-ancestors 'none'"}
    return lambda: Response(page, headers=headers, media_type="text/html")


def _described(port: int, limits: Limits) -> Any:
    """The description of the requests, with what is known only now."""
    described = json.loads(page_file("openapi.json"))
    described["info"]["version"] = __version__
    described["servers"] = [{"url": f"http://127.0.0.1:{port}"}]
    described["info"]["description"] += (
        f" A body may have {limits.size} bytes, and the work on it may take {limits.seconds:g} seconds."
    )
    return described


# ---- failures


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 (said above)
    return error.response()


async def _wrong(request: Request, error: Exception) -> Response:
    """What the library says no to."""
    return failure(HTTPStatus.BAD_REQUEST, "bad-request", str(error))


async def _no_such(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        return failure(status, "wrong-method", f"{request.url.path} takes {allowed}", {"allow": allowed})
    return failure(status, "no-such-path", f"there is no {request.url.path}: /openapi.json lists what there is")


async def _broken(request: Request, error: Exception) -> Response:
    """A bug, which the server's log tells of."""
    return failure(HTTPStatus.INTERNAL_SERVER_ERROR, "bug", "this should not happen: see what the server printed")
