"""Pages of one file: what lies in ``pages/`` put together, with a policy that lets nothing else run.

Scripts and styles are inside the page, and its Content-Security-Policy names them by their hashes: text that found its
way into the page as a script would not run, and nothing can be fetched or sent but what `connect` allows. Data is in
blocks of JSON, which are no scripts. This module knows no texts; what the page does with them is JavaScript's affair.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.resources import files

__all__ = ["Page", "data_block", "page_file"]

_SHARED_SCRIPTS = ("words.js", "text.js", "forms.js", "view.js", "toolbar.js")
_STYLES = ("page.css",)
_PLACE = re.compile(r"\{\{(\w+)\}\}")

# "<" could begin "</script>" or "<!--"; the two separators end a line for programs that read JSON as JavaScript.
_ESCAPES = str.maketrans({"<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029"})


class Page:
    """One of the pages.

    Parameters
    ----------
    name : {"review", "serve"}
        The page has NAME.html and NAME.js of its own.
    connect : str
        Where its script may send requests: a source of the policy's ``connect-src``.
    """

    def __init__(self, name: str, connect: str = "'none'") -> None:
        script = "\n".join(map(page_file, (*_SHARED_SCRIPTS, f"{name}.js")))
        style = "\n".join(map(page_file, _STYLES))
        self.policy = _policy(script, style, connect)
        """The Content-Security-Policy, which is also in the page."""
        self._template = page_file(f"{name}.html")
        self._parts = {
            "script": script,
            "style": style,
            "policy": escape(self.policy),
            "forms": page_file("forms.html"),
        }

    def pieces(self, title: str, data: Iterator[str]) -> Iterator[str]:
        """The page, piece by piece.

        Parameters
        ----------
        title : str
            Plain text.
        data : iterator of str
            What `data_block` gave; read when its place has come.
        """
        parts = self._parts | {"title": escape(title), "words": data_block("words", _words())}
        end = 0
        for place in _PLACE.finditer(self._template):
            yield self._template[end : place.start()]
            if place[1] == "data":
                yield from data
            else:
                yield parts[place[1]]
            end = place.end()
        yield self._template[end:]


def data_block(kind: str, value: object) -> str:
    r"""A value for the page's script, whatever is in it.

    Examples
    --------
    >>> data_block("facts", {"name": "</script>"})
    '<script type="application/json" class="facts">{"name":"\\u003c/script>"}</script>\n'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return f'<script type="application/json" class="{escape(kind)}">{text}</script>\n'


@cache
def page_file(name: str) -> str:
    """A file of ``pages/``; its line ends are those that a browser hashes."""
    return (files(__package__) / "pages" / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _words() -> object:
    return json.loads(page_file("words.json"))


def _policy(script: str, style: str, connect: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            f"connect-src {connect}",
            "img-src data:",  # the icon
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
