"""Lines that are made to be slow, against every public function: ``python -m benchmarks.adversarial --most 1000000``.

Each line is one pattern over and over. Cost must grow as its length does: ten times the length, ten times the time.
Every pattern is tried on a line of a twentieth; those that cost most or grow fastest there on the whole length, and on
a tenth of it.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from vndiacritic.alphabet import compose, fold_tone, has_marks, strip_diacritics
from vndiacritic.cleaning.characters import STEPS, apply_plan, decode_bytes, repair, repair_and_explain
from vndiacritic.cleaning.pipeline import TextCleaner
from vndiacritic.cutting import lines_of, parts_of
from vndiacritic.errors import VndiacriticError
from vndiacritic.evaluation import compare
from vndiacritic.formats import FORMATS, rewrite_text
from vndiacritic.restorer import Restorer
from vndiacritic.tokens import split_tokens

__all__ = ["PATTERNS", "Grown", "functions", "grown", "line_of"]

PATTERNS: tuple[str, ...] = (
    *r"""
    a . - _ 1 / < & @ # % = " ' ` * [ ] ( { | \ ~ ! : đ á ệ
    a. a- a_ _a a/ ~/ /a. ./ <a </ <! <? <!-- --> <![ `a ``a` &a &amp; &# &#1 &aacute a@ a@a. @a. #a http:// www. a:\
    1. 1,1 1:1 a.com a.htm a.vn/ [a]( ]( [a][ [a]: ![ [^a] **a _a_ *_ {{ {{} {% {# <!-
    "" ", "a \" {"a": ["a", %( %s msgid L_u \\ \u \u1ebf =20 =E1=BA %E1 %E1%BB%87 {\an8}
    Ã¡ Ã Ä‘ áº á»‡ aø nguye^~n tie6ng1 aas dd zw quy1 khoong ho-ten- NGHI N-G- 28/10/2021 00:00: 00:00:00,000 (Ảnh: Theo
    “ … ﬁ 𝐚 а ſ Ⓐ ı İ ß ½ ² 👩 🇻🇳 אב ơ ươ Đ Ð ð
    """.split(),
    *("a ", "A B ", "1 000 ", "! ", "? ? ", "- ", "> ", "- - ", "# ", "    ", "\t", " ", "\xa0", "\x00"),
    *("\r", "\n", "\r\n", "\x0b", "\x85", "\u2028", "a\n", "-\n", "a-\n", "a\n\n", "\n\n\n", "a\tb\n"),
    *('a,"b""c"\n', "|a|b|\n", "|a|b|\n|-|-|\n", "a\n=\n", "> > a\n", "1. a\n", "[a]: b\n", '{"a": "b"}\n'),
    *("<p>a</p>\n", "<div>", "<b>a", "</b>", '<a b="', "<script>", "<a\n", "con duong ", "con duong ve nha. "),
    *('msgid "a"\nmsgstr "b"\n\n', "00:00:00,000 --> 00:00:01,000\na\n\n", "11:04 | 28/10/2021\n", "0901 234 567 "),
    *("a\u0301", "a\u0302\u0301\u0323", "\u0301", "\u0323\u0301", "\u05b0\u0591", "\u200b", "\u00ad", "\ud800"),
    *("𝐚𝐛 ", "luậtTrở,", "luậtTrở ", "Qúy-", "thôị\tA", "a\\u1ebft ", "a%E1%BA%BFt "),
    *("\u202e", "\u200d", "👩\u200d", "Theo ", "xem thêm\n", "(Ảnh: a)\n", "ho-ten-\n"),
    '<a href="x">&amp;`c`[x](y)**z** #t @n ',
    "a<b>&c\"d'e[f]g(h)i{j}k|l\\m/n.o,p;q:r!s?t ",
)
"""What lines are made of: every sign that some pattern looks for, alone, begun and not ended, and in rows."""

_LOOKED_AT = 4  # patterns of the costliest, and as many of those that grow fastest
_SHORT = 10  # how many times shorter the line is that a cost is compared with


def line_of(pattern: str, length: int) -> str:
    """A pattern over and over, cut to a length."""
    return (pattern * (length // len(pattern) + 1))[:length]


class _Same:
    """Restores nothing."""

    def restore(self, text: str) -> str:
        return text


def functions(restorer: Restorer) -> Mapping[str, Callable[[str], object]]:
    """Every public function from text, by name."""
    cleaner = TextCleaner(restorer=_Same())  # type: ignore[arg-type]
    pages = TextCleaner(("lines", "captions", "paragraphs"), restorer=_Same())  # type: ignore[arg-type]
    found: dict[str, Callable[[str], object]] = {
        "strip_diacritics": strip_diacritics,
        "compose": compose,
        "fold_tone": fold_tone,
        "has_marks": has_marks,
        "split_tokens": split_tokens,
        "parts_of": lambda text: list(parts_of([text])),
        "lines_of": lambda text: list(lines_of(text)),
        "restore": restorer.restore,
        "restore, least confidence": lambda text: restorer.restore(text, min_confidence=0.6),
        "restore_pieces": lambda text: list(restorer.restore_pieces(re.findall("(?s).{1,1000}", text))),
        "explain": restorer.explain,
        "repair": repair,
        "repair, all steps": lambda text: repair(text, steps=[step for step in STEPS if step != "new-tones"]),
        "repair as VIQR": lambda text: repair(text, encoding="viqr"),
        "apply_plan": lambda text: apply_plan(text, repair_and_explain(text).plan),
        "clean": lambda text: cleaner.explain(text.replace("\0", " ")),
        "clean, lines only": lambda text: pages.explain(text.replace("\0", " ")),
        "decode_bytes": lambda text: decode_bytes(text.encode("utf-8", "surrogatepass")),
        "decode_bytes as TCVN3": lambda text: decode_bytes(text.encode("utf-8", "surrogatepass"), "tcvn3"),
        "decode_bytes as VNI": lambda text: decode_bytes(text.encode("utf-8", "surrogatepass"), "vni"),
        "compare": lambda text: compare([text], [strip_diacritics(text)]),
    }
    for form in FORMATS.values():
        if not form.binary:
            found[f"rewrite_text as {form.name}"] = _rewriting(form.name)
    return found


def _rewriting(name: str) -> Callable[[str], object]:
    return lambda text: rewrite_text(text.encode("utf-8", "replace").decode(), name, list, ["a"])


class Grown(NamedTuple):
    """What a function takes of a line, and of one of a tenth of its length."""

    pattern: str
    seconds: float
    shorter: float

    @property
    def growth(self) -> float:
        """1 where the cost grows as the length does, 10 where it grows as its square; times below 5 ms tell nothing."""
        return self.seconds / max(self.shorter, 0.005) / _SHORT


def grown(function: Callable[[str], object], length: int, patterns: tuple[str, ...] = PATTERNS) -> Iterator[Grown]:
    """Measure a function on lines of every pattern."""
    for pattern in patterns:
        shorter = _seconds(function, line_of(pattern, length // _SHORT))
        yield Grown(pattern, _seconds(function, line_of(pattern, length)), shorter)


def _seconds(function: Callable[[str], object], line: str) -> float:
    start = time.process_time()
    with suppress(VndiacriticError):  # refused: that too must not take long
        function(line)
    return time.process_time() - start


def _suspects(function: Callable[[str], object], length: int) -> tuple[str, ...]:
    """The patterns that are worth the time of long lines."""
    found = list(grown(function, length))
    costly = sorted(found, key=lambda one: one.seconds)[-_LOOKED_AT:]
    growing = sorted(found, key=lambda one: one.growth)[-_LOOKED_AT:]
    return tuple(dict.fromkeys(one.pattern for one in (*costly, *growing)))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.adversarial")
    parser.add_argument("names", nargs="*", help="functions; all by default")
    parser.add_argument("--most", type=int, default=1_000_000, help="characters of the longer line")
    parser.add_argument("--model", default="tests/data/models/format1.safetensors")
    asked = parser.parse_args()
    sys.stdout.write("| function | costliest line | seconds | fastest growth | line |\n|---|---|---:|---:|---|\n")
    for name, function in functions(Restorer.load(asked.model)).items():
        if asked.names and name not in asked.names:
            continue
        found = list(grown(function, asked.most, _suspects(function, asked.most // 20)))
        costliest, fastest = max(found, key=lambda one: one.seconds), max(found, key=lambda one: one.growth)
        told = f"`{costliest.pattern!a}` | {costliest.seconds:.2f} | {fastest.growth:.1f} | `{fastest.pattern!a}`"
        sys.stdout.write(f"| {name} | {told} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
