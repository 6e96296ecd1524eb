"""Markdown. Needs the extra [markdown]."""

from __future__ import annotations

from fuzz.oracles import check_document

LONGEST = 1024
SEEDS = (
    b'---\ntitle: an com\n---\n# An com ##\n\n> Toi **an** com va\n> [doc](/doc "doc"), ![anh](a.png)\n\n    an\n\n'
    b"1. mot `ma so`\n",
    b"| a | b |\n|---|---|\n| an | `x` com |\n\n[an]: /b 'c'\n\n[an] [^1] {{ x }} <b>an</b> &amp; a\\*b <https://a>\n",
    b"```\nan\n```\n\n- [ ] an\n  com\n\n<!-- an -->\n\nan\n===\n",
)


def check(data: bytes) -> None:
    """Rewrite a document."""
    check_document(data.decode("utf-8", "replace"), "md")
