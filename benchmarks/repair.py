"""How well characters are repaired: damaged strings, clean lines, round trips through encodings, speed.

Knows where the measuring sets lie and how each figure is counted. What is repaired, and how, is the business of
vndiacritic.cleaning.

    python -m benchmarks.repair --corpus DIR                  # DIR holds text files, a sentence or a paragraph a line
    python -m benchmarks.repair --corpus DIR --fail-over 20   # fails if more of 100,000 lines change
    python -m benchmarks.repair --show -                      # prints every string that is not right, too

Each line that changes is printed with the step, the place and the reason of each of its changes. The damaged strings
and the corpora cannot be distributed with the program; what is missing is said and skipped.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

import click

from benchmarks.tables import aligned
from vndiacritic.alphabet import parse_syllable, place_tone
from vndiacritic.cleaning.characters import Change, repair, repair_and_explain
from vndiacritic.cleaning.legacy import legacy_codecs, viqr_encode
from vndiacritic.cleaning.plausibility import WORD

__all__ = [
    "Changed",
    "changed_lines",
    "main",
    "misreadings",
    "right_strings",
    "round_trip",
    "sample",
    "sentences",
    "told",
]

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
STRINGS = SHARED / "bench" / "cleaning" / "strings.jsonl"
CORPUS = SHARED / "corpus"

LONG = 10  # syllables from which a sentence has to come back exactly
BLOCK = 200  # lines that are repaired together when speed is measured

Encode = Callable[[str], str]


class Changed(NamedTuple):
    """A line that the default steps changed: its file, what changed, and the line as it was."""

    file: str
    changes: tuple[Change, ...]
    line: str

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that changed it."""
        return tuple(sorted({change.step for change in self.changes}))


# ---- damaged strings


def right_strings(rows: Sequence[Mapping[str, object]]) -> Iterator[bool]:
    """Whether each string comes out as it should, or as one of the answers that are accepted too."""
    for row in rows:
        accepted = row.get("accept", [])
        answer = repair(str(row["dirty"]))
        yield answer == row["clean"] or (isinstance(accepted, list) and answer in accepted)


# ---- clean lines


def sample(folder: Path, count: int, seed: int = 7) -> list[tuple[str, str]]:
    """Lines drawn evenly from all lines of the text files under a folder, in NFC, each with its file's name."""
    drawn: list[tuple[str, str]] = []
    chance = random.Random(seed)
    seen = 0
    for path in sorted(folder.rglob("*.txt")):
        with path.open(encoding="utf-8", errors="replace", newline="\n") as stream:
            for line in filter(str.strip, stream):
                seen += 1
                at = len(drawn) if len(drawn) < count else chance.randrange(seen)
                if at < count:
                    drawn[at : at + 1] = [(path.name, unicodedata.normalize("NFC", line.rstrip("\n")))]
    return drawn


def changed_lines(lines: Sequence[tuple[str, str]]) -> Iterator[Changed]:
    """The lines that are not left as they are."""
    for file, line in lines:
        if plan := repair_and_explain(line).plan:
            yield Changed(file, plan, line)


def told(row: Changed) -> Iterator[str]:
    """What happened to a line: its file and beginning, and below them each change."""
    yield f"{row.file}: {_seen(row.line, 100)}"
    for step, start, end, before, after, reason in row.changes:
        behind = "" if before else f" behind [{_seen(row.line[max(0, start - 12) : start])}]"
        yield f"    {step} at {start}-{end}{behind}: [{_seen(before)}] -> [{_seen(after)}] ({reason})"


def _seen(text: str, longest: int = 40) -> str:
    """The beginning of a text, with what is not seen in it escaped."""
    shown = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[:longest])
    return shown + "..." * (len(text) > longest)


# ---- round trips

_END = re.compile(r"(?<=[.!?…])\s+")
_PLAIN = str.maketrans({"“": '"', "”": '"', "…": "...", "–": "-"})


def sentences(lines: Sequence[tuple[str, str]], count: int, seed: int = 7) -> list[str]:
    """Sentences of at least `LONG` syllables, all of whose marked words are syllables with their tones in place."""
    found: list[str] = []
    shuffled = list(lines)
    random.Random(seed).shuffle(shuffled)
    for _, line in shuffled:
        found += filter(_is_gold, _END.split(line.translate(_PLAIN).strip()))
        if len(found) >= count:
            break
    return found[:count]


def _is_gold(sentence: str) -> bool:
    words = WORD.findall(sentence)
    marked = [word for word in words if not word.isascii()]
    if len(words) < LONG or 2 * len(marked) < len(words):
        return False
    placed = (parse_syllable(word) and word in (place_tone(word), place_tone(word, "new")) for word in marked)
    return all(placed) and repair(sentence) == sentence


def misreadings() -> Mapping[str, Encode]:
    """The ways to damage a sentence: legacy encodings shown as Western ones, UTF-8 read as something else."""
    ways: dict[str, Encode] = {}
    for name, codec in legacy_codecs().items():
        ways[f"{name} as latin-1"] = codec.encode
        ways[f"{name} as cp1252"] = lambda text, encode=codec.encode: _shown(encode(text), "cp1252")  # type: ignore[misc]
    ways["viqr"] = viqr_encode
    ways["viqr, stops not escaped"] = lambda text: viqr_encode(text).replace("\\", "")
    for encoding in ("latin-1", "cp1252", "cp1258", "cp1250", "cp437", "mac_roman"):
        ways[f"utf-8 as {encoding}"] = lambda text, encoding=encoding: _misread(text, encoding)  # type: ignore[misc]
    ways["utf-8 as cp1252 twice"] = lambda text: _misread(_misread(text, "cp1252"), "cp1252")
    ways["utf-8 as cp1252, C1 lost"] = lambda text: _without_c1(_misread(text, "cp1252"))
    ways["utf-8 as cp1252, plain spaces"] = lambda text: _misread(text, "cp1252").replace("\xa0", " ")
    ways["nfd"] = lambda text: unicodedata.normalize("NFD", text)
    return ways


def _misread(text: str, encoding: str) -> str:
    return _shown(text.encode("utf-8").decode("latin-1"), encoding)


def _shown(text: str, encoding: str) -> str:
    """Bytes, given as Latin-1, as another encoding shows them; bytes that it does not have as control codes."""
    return "".join(
        char if ord(char) > 255 else char.encode("latin-1").decode(encoding, "ignore") or char for char in text
    )


def _without_c1(text: str) -> str:
    return "".join(char for char in text if not "\x80" <= char <= "\x9f")


def round_trip(gold: Sequence[str], damage: Encode) -> tuple[int, int]:
    """How many sentences come back exactly, and how many could be damaged so at all.

    The fonts of TCVN3 have no capitals with tones: for them the case of letters is no part of the comparison.
    """
    came_back = tried = 0
    for sentence in gold:
        damaged = damage(sentence)
        if damaged == sentence:
            continue
        tried += 1
        came_back += repair(damaged).casefold() == sentence.casefold()
    return came_back, tried


# ---- speed


def megabytes_a_second(lines: Sequence[str]) -> float:
    """Bytes of UTF-8 that are looked through in a second of CPU time."""
    blocks = ["\n".join(lines[i : i + BLOCK]) for i in range(0, len(lines), BLOCK)]
    repair(blocks[0])
    start = time.process_time()
    for block in blocks:
        repair(block)
    return sum(len(block.encode()) for block in blocks) / (time.process_time() - start) / 1e6


# ---- the program


@click.command(help=__doc__)
@click.option("--strings", type=click.Path(path_type=Path), default=STRINGS, show_default="../shared/bench/cleaning")
@click.option("--corpus", type=click.Path(path_type=Path), default=CORPUS, show_default="../shared/corpus")
@click.option("--lines", "count", default=100_000, show_default=True, help="Lines drawn from the corpus.")
@click.option("--sentences", "trips", default=2_000, show_default=True, help="Sentences sent through each encoding.")
@click.option("--fail-over", type=int, help="Fail if more lines of the corpus change.")
@click.option("--show", type=click.File("w", encoding="utf-8"), help="Where to write the strings that are not right.")
def main(strings: Path, corpus: Path, count: int, trips: int, fail_over: int | None, show: TextIO | None) -> None:
    """Print the four figures."""
    if strings.is_file():
        _report_strings(strings, show)
    else:
        click.echo(
            f"damaged strings: skipped, there is no {strings.name} beside the repository; name one with --strings"
        )
    lines = sample(corpus, count) if corpus.is_dir() else []
    if not lines:
        click.echo(
            "clean lines, round trips, speed: skipped, the corpus has no .txt files; name a folder with --corpus"
        )
        return
    changed = list(changed_lines(lines))
    _report_changed(changed, len(lines))
    touched = {row.line for row in changed}
    clean = [(file, line) for file, line in lines if line not in touched]
    click.echo(f"speed: {megabytes_a_second([line for _, line in clean]):.1f} MB of clean text a CPU-second")
    gold = sentences(clean, trips)
    rows = []
    for name, damage in misreadings().items():
        came_back, tried = round_trip(gold, damage)
        rows.append((name, str(tried), f"{100 * came_back / max(tried, 1):.2f}"))
    click.echo(aligned(("round trip", "sentences", "% back"), rows))
    if fail_over is not None and len(changed) > fail_over:
        click.echo(f"{len(changed)} lines changed, more than {fail_over}", err=True)
        sys.exit(1)


def _report_strings(path: Path, show: TextIO | None) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    right = list(right_strings(rows))
    spoilt = sum(1 for row, ok in zip(rows, right, strict=True) if not ok and str(row["kind"]).startswith("negative"))
    click.echo(f"damaged strings: {sum(right)} of {len(rows)} right, {spoilt} of the undamaged ones changed")
    for row, ok in zip(rows, right, strict=True):
        if show and not ok:
            show.write(f"{row['kind']}\t{row['dirty']!r}\t{repair(row['dirty'])!r}\n")


def _report_changed(changed: Sequence[Changed], count: int) -> None:
    by_step = Counter(step for row in changed for step in row.steps)
    steps = ", ".join(f"{step} {n}" for step, n in by_step.most_common()) or "none"
    click.echo(f"lines of the corpus: {len(changed)} of {count} changed ({steps})")
    for row in changed:
        for line in told(row):
            click.echo(f"  {line}")


if __name__ == "__main__":
    main()
