"""How a run ends: the sentence on standard error and the exit code, for every end that is not a bug.

Exit codes: 0 done; 1 something failed, ``--check`` found changes, or a figure is below ``--fail-under``; 2 wrong
usage (click's affair); 130 interrupted; 141 the reader of a pipe is gone. This module knows signals, closed pipes and
our errors; it knows no command.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click
from click.exceptions import Exit

from vndiacritic.cli.language import told
from vndiacritic.errors import VndiacriticError

__all__ = ["INTERRUPTED", "READER_GONE", "cannot_write", "exit_codes", "say"]

INTERRUPTED = 130
READER_GONE = 141


def say(message: str) -> None:
    """One sentence on standard error."""
    click.echo(f"vndiacritic: {told(message)}", err=True)


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn every end of a run that is not a bug into a sentence and an exit code."""
    try:
        with _terminable():
            yield
    except VndiacriticError as exc:
        say(str(exc))
        raise Exit(1) from exc
    except click.UsageError as exc:
        if type(exc) is not click.UsageError:  # one of click's own, which is in the user's language
            raise
        raise click.UsageError(told(exc.message), exc.ctx) from exc
    except BrokenPipeError as exc:  # | head
        _settle_standard_output()
        raise Exit(READER_GONE) from exc
    except OSError as exc:  # reading raises VndiacriticError, so this is an output
        with suppress(OSError):
            say(cannot_write(exc))
        _settle_standard_output()
        raise Exit(1) from exc
    except KeyboardInterrupt as exc:
        click.echo(err=True)  # the terminal's own line holds "^C"
        say("interrupted")
        raise Exit(INTERRUPTED) from exc


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM (kill, timeout) and SIGHUP (a closed terminal) end the run like Ctrl-C, removing temporary files."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    ending = (getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
    # What is ignored was asked for, as by nohup.
    before = {number: signal.signal(number, leave) for number in ending if signal.getsignal(number) != signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _settle_standard_output() -> None:
    """Where standard output takes nothing more, let go of it, or the interpreter complains while it ends."""
    if sys.stdout is None:  # started with >&-
        return
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def cannot_write(exc: OSError) -> str:
    """The sentence about an output that failed."""
    return f"cannot write {exc.filename}: {exc.strerror}" if exc.filename else str(exc)
