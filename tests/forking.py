"""The command line for shells in tests, without starting Python and loading the model anew for each command.

A server imports everything once. The program `vndiacritic` hands it its arguments, folder, environment and standard
streams, and the server forks a process that runs the command as if it had been started there.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

__all__ = ["program"]

_PROGRAM = """\
#!{python} -ISE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(asked).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(asked)
    sys.exit(int(server.recv(3) or 1))
"""


def program(address: Path) -> str:
    """A program that has the server at an address run it."""
    return _PROGRAM.format(python=sys.executable, address=os.fspath(address))


def _serve(address: str) -> None:
    from vndiacritic import load_model
    from vndiacritic.cli import COMMANDS, main

    load_model()
    for name in COMMANDS:
        main.get_command(main.make_context("vndiacritic", [], resilient_parsing=True), name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        while True:
            asked, _ = server.accept()
            with asked:
                if os.fork() == 0:
                    _run(asked)


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(0)


def _run(asked: socket.socket) -> None:
    """Be the process that was asked for."""
    code: object = 1
    with suppress(BaseException):  # the end of this process, whatever happens
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        length, streams, _, _ = socket.recv_fds(asked, 4, 3)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        arguments, folder, variables = json.loads(asked.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variables)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 (as Python opens them)
        code = _exit_code(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    asked.sendall(str(code).encode())
    os._exit(0)


def _exit_code(arguments: list[str]) -> object:
    from vndiacritic.cli import main

    try:
        main(arguments, prog_name="vndiacritic")
    except SystemExit as end:
        return end.code or 0
    return 0


if __name__ == "__main__":
    _serve(sys.argv[1])
