"""The command ``serve``."""

from __future__ import annotations

import gc
import webbrowser

import click
from click.exceptions import Exit

from vndiacritic.cli.exits import INTERRUPTED, say
from vndiacritic.cli.loading import load_restorer
from vndiacritic.cli.options import FILE, PATH
from vndiacritic.errors import VndiacriticError

__all__ = ["serve"]

_PORT = 8421
_MOST_MB = 100


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    metavar="PORT",
    help="Where to listen; 0 is any port that is free.",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
@click.option("-m", "--model", type=PATH, metavar="MODEL", help="A model file, or the name of a shipped model.")
@click.option("--words", type=FILE, metavar="FILE", help="Names and other phrases, as for restore.")
@click.option(
    "--max-size",
    type=click.FloatRange(0, _MOST_MB, min_open=True),
    default=1,
    show_default=True,
    metavar="MB",
    help="Of a request.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="How long a request may take.",
)
def serve(port: int, open_page: bool, model: str | None, words: str | None, max_size: float, timeout: float) -> None:
    """Serve a page, and requests in JSON, on this machine.

    The page restores and cleans what is typed or pasted into it. Programs send requests to /api/restore, /api/explain,
    /api/clean and others; /openapi.json describes them. Nobody else can reach it: it listens on 127.0.0.1 alone, and
    pages of other origins are turned away. The address is printed; Ctrl-C ends it. Needs the extra [web].

    \b
    Examples:
      vndiacritic serve --open
      vndiacritic serve --port 9000 --words names.txt
      curl --json '{"text": "hom nay"}' http://127.0.0.1:8421/api/restore
    """
    try:
        from vndiacritic.web.asked import Limits
        from vndiacritic.web.server import HOST, Server, listen
    except ImportError as error:
        raise VndiacriticError(f"serve needs the extra ({error}): pip install 'vndiacritic[web]'") from error

    restorer = load_restorer(model, words=words)
    gc.freeze()  # what the model is made of is no garbage, and need not be looked through again and again
    taken = listen(port)
    address = f"http://{HOST}:{taken.getsockname()[1]}/"
    server = Server(restorer, taken, Limits(size=round(max_size * 1_000_000), seconds=timeout))
    click.echo(address)
    say("serving until Ctrl-C")
    if open_page:
        webbrowser.open(address)
    try:
        server.answer()
    except KeyboardInterrupt as interrupt:
        raise Exit(INTERRUPTED) from interrupt
