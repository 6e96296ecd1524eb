"""Work on texts in threads, so that the server answers others all the while.

A bounded number is worked on at once, each for a bounded time, and nothing is done for who has gone.
Knows threads and time. What the work is comes from outside: it is handed a `Turn`, and passes its lines through it, so
that it ends soon after nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.requests import Request

from vndiacritic.web.answers import Refused
from vndiacritic.web.asked import Limits

__all__ = ["Turn", "Workshop"]

T = TypeVar("T")


class Turn:
    """A piece of work's permission to go on."""

    def __init__(self) -> None:
        self._is_over = False  # no lock: a signal handler sets it too

    def end(self) -> None:
        """Take it back."""
        self._is_over = True

    def check(self) -> None:
        """Stop here if nobody waits."""
        if self._is_over:
            raise _ending()

    def through(self, lines: Iterable[T]) -> Iterator[T]:
        """Pass lines on as long as somebody waits."""
        for line in lines:
            self.check()
            yield line


class Workshop:
    """Does work for requests.

    Parameters
    ----------
    limits : Limits
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._threads = ThreadPoolExecutor(limits.working, "vndiacritic")
        self._turns: set[Turn] = set()
        self._is_open = True

    async def do(self, request: Request, work: Callable[[Turn], T]) -> T:
        """Do some work in a thread.

        Parameters
        ----------
        request : Request
            Its body was read.
        work : callable

        Raises
        ------
        Refused
            Too many wait already, it takes too long, who asked has gone, or the server is ending.
        """
        self._refuse()
        turn = Turn()
        self._turns.add(turn)
        job = asyncio.get_running_loop().run_in_executor(self._threads, _begin, work, turn)
        job.add_done_callback(lambda job: self._done(turn, job))
        try:
            await self._wait(job, request)
        finally:
            turn.end()
        return job.result()

    def _refuse(self) -> None:
        if not self._is_open:
            raise _ending()
        if len(self._turns) >= self._limits.working + self._limits.waiting:
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "busy",
                f"{len(self._turns)} requests are being worked on: try again in a second",
                {"retry-after": "1"},
            )

    async def _wait(self, job: asyncio.Future[T], request: Request) -> None:
        """Wait until a job is done, its time is up, or its client has gone."""
        gone = asyncio.ensure_future(_end_of(request))
        try:
            waited: set[asyncio.Future[Any]] = {job, gone}
            await asyncio.wait(waited, timeout=self._limits.seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        if job.done():
            return
        if gone.done():
            raise Refused(HTTPStatus.BAD_REQUEST, "gone", "the client has gone")
        raise Refused(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "too-slow",
            f"it took more than {self._limits.seconds:g} s: send fewer lines at once, start the server with a larger "
            "--timeout, or use vndiacritic restore",
        )

    def _done(self, turn: Turn, job: asyncio.Future[T]) -> None:
        """A thread is free again; what it raised after nobody waited is of no interest."""
        self._turns.discard(turn)
        if not job.cancelled():
            job.exception()

    def end(self) -> None:
        """Take no more work, and end what there is at its next line; a signal handler may call this."""
        self._is_open = False
        for turn in list(self._turns):
            turn.end()

    def close(self) -> None:
        """Let go of the threads."""
        self.end()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _begin(work: Callable[[Turn], T], turn: Turn) -> T:
    """Do the work, unless it has waited for so long that nobody wants it."""
    turn.check()
    return work(turn)


async def _end_of(request: Request) -> None:
    """Wait until a client whose body was read goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _ending() -> Refused:
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, "ending", "the server is ending")
