"""Catalogues of translations, .po."""

from __future__ import annotations

from fuzz.oracles import check_document

LONGEST = 1024
SEEDS = (
    b'# an\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgctxt "a"\n'
    b'msgid "an"\nmsgid_plural "b"\n'
    b'msgstr[0] "An %(com)s"\n"nha %d {x} L_uu &amp; \\"an\\"\\n"\nmsgstr[1] ""\n#~ msgid "an"\n',
    b'msgid "a"\r\nmsgstr "an\\x41\\101 com"\r\n',
)


def check(data: bytes) -> None:
    """Rewrite a document."""
    check_document(data.decode("utf-8", "replace"), "po")
