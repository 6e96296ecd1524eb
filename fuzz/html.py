"""Web pages, as documents whose text is restored."""

from __future__ import annotations

from fuzz.oracles import check_document

LONGEST = 1024
SEEDS = (
    b"<!DOCTYPE html><html><head><meta charset=utf-8><title>An</title><script>an</script></head><body><p title='an'>"
    b'An <b>co</b>m &amp; <code>an</code> c&#97;</p><!-- an --><img alt="an com"><br/>'
    b"<div translate=no>an</div></body>",
    b"<p>a<p>b</p><![CDATA[an]]><?an?><a href=x>an</a\n>&aacute;&nosuch; <\xc4\x91i> & an",
)


def check(data: bytes) -> None:
    """Rewrite a document."""
    check_document(data.decode("utf-8", "replace"), "html")
