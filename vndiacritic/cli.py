"""The command line: arguments, messages and exit codes.

Every command imports what it needs when it runs, so ``--help`` and ``--version`` need neither numpy nor a
model. How files are read, written and shown is files' part; what is done to their lines comes from the
other modules.

Text goes to standard output, everything else to standard error. Exit codes: 0 done; 1 something failed,
``--check`` found changes, or a figure is below ``--fail-under``; 2 wrong usage; 130 interrupted; 141 the
reader of a pipe is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.exceptions import Exit

from vndiacritic import __version__
from vndiacritic.errors import VndiacriticError
from vndiacritic.files import (
    CHECKED_AHEAD,
    Output,
    Rewritten,
    Transform,
    checked_lines,
    display_name,
    json_lines,
    names_of_changed,
    open_input,
    open_output,
    read_lines,
    rewritten,
    texts,
    unified_diff,
)

if TYPE_CHECKING:
    from vndiacritic.reports import Report
    from vndiacritic.restorer import Restorer

INTERRUPTED = 130
READER_GONE = 141

_Callable = TypeVar("_Callable", bound=Callable[..., Any])

# Click's own check would end the run with code 2 at the first unreadable file, the others undone.
_FILE = click.Path(readable=False, allow_dash=True)
_PATH = click.Path(readable=False)


# ---- messages and exit codes


def _say(message: str) -> None:
    """One sentence on standard error."""
    click.echo(f"vndiacritic: {message}", err=True)


@contextmanager
def _exit_codes() -> Iterator[None]:
    """Turn every end of a run that is not a bug into a sentence and an exit code."""
    try:
        with _terminable():
            yield
    except VndiacriticError as exc:
        _say(str(exc))
        raise Exit(1) from exc
    except BrokenPipeError as exc:  # | head
        _settle_standard_output()
        raise Exit(READER_GONE) from exc
    except OSError as exc:  # reading raises VndiacriticError, so this is an output
        with suppress(OSError):
            _say(_cannot_write(exc))
        _settle_standard_output()
        raise Exit(1) from exc
    except KeyboardInterrupt as exc:
        click.echo(err=True)  # the terminal's own line holds "^C"
        _say("interrupted")
        raise Exit(INTERRUPTED) from exc


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM (kill, timeout) end the run like Ctrl-C does, so that temporary files are removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _settle_standard_output() -> None:
    """Where standard output takes nothing more, let go of it, or the interpreter complains while it ends."""
    if sys.stdout is None:  # started with >&-
        return
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _cannot_write(exc: OSError) -> str:
    return f"cannot write {exc.filename}: {exc.strerror}" if exc.filename else str(exc)


class _Commands(click.Group):
    """A group whose commands, and whose help, end with our exit codes."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _exit_codes():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _exit_codes():
            return super().invoke(ctx)


# ---- files through a transform


@dataclass(frozen=True)
class _Faces:
    """What a text command was asked to do with its files."""

    files: tuple[str, ...]
    output: str | None
    in_place: bool
    format: str
    check: bool
    diff: bool
    line_buffered: bool

    def __post_init__(self) -> None:
        shown = self.check or self.diff
        for wrong, message in (
            (self.in_place and self.output is not None, "-i and -o exclude each other"),
            (self.in_place and (not self.files or "-" in self.files), "-i needs FILEs, not standard input"),
            (shown and self.in_place, "--check and --diff write nothing: leave -i out"),
            (shown and self.output is not None, "--check and --diff write no text: leave -o out"),
            (shown and self.format != "text", "--check and --diff have their own format: leave --format out"),
            (self.in_place and self.format != "text", "-i rewrites text files: leave --format out or use -o"),
        ):
            if wrong:
                raise click.UsageError(message)

    @property
    def show(self) -> Callable[[Iterable[Rewritten], str], Iterator[str]]:
        """How rewritten lines are shown."""
        if self.diff:
            return unified_diff
        if self.check:
            return names_of_changed
        return json_lines if self.format == "jsonl" else texts


@dataclass
class _Tally:
    """What became of the files."""

    changed: int = 0
    failed: int = 0

    def watch(self, lines: Iterable[Rewritten]) -> Iterator[Rewritten]:
        """Pass the lines of one file on and note whether any differs."""
        changed = False
        for line in lines:
            if line.before != line.after and not changed:
                changed = True
                self.changed += 1
            yield line


def _rewrite(faces: _Faces, transform: Transform) -> None:
    """Send files through a transform; a file that fails is named, and the others are still done."""
    tally = _Tally()
    if faces.in_place:
        _each(faces.files, tally, lambda path: _rewrite_in_place(path, transform, tally))
    else:
        files = faces.files or ("-",)
        with open_output(faces.output or "-") as output:
            _each(files, tally, lambda path: _show(path, transform, faces, output, tally))
            output.wanted = tally.failed < len(files)
    _sum_up(faces, tally)
    if tally.failed or (faces.check and tally.changed):
        raise Exit(1)


def _each(files: Iterable[str], tally: _Tally, work: Callable[[str], None]) -> None:
    for path in files:
        changed = tally.changed
        try:
            work(path)
        except VndiacriticError as exc:
            tally.failed += 1
            tally.changed = changed
            _say(str(exc))


def _show(path: str, transform: Transform, faces: _Faces, output: Output, tally: _Tally) -> None:
    """Write one file's text, JSON lines, name or diff to the output that all files share."""
    name = display_name(path)
    with output.whole(), open_input(path) as stream:
        at_once = faces.line_buffered or stream.isatty()
        # An output that can take back what it was given needs no second look at the input.
        ahead = 0 if at_once or output.atomic else CHECKED_AHEAD
        lines = checked_lines(stream, name, ahead)
        results = rewritten(lines, _one_by_one(transform) if at_once else transform)
        for piece in faces.show(tally.watch(results), name):
            output.write(piece)
            if at_once:
                output.flush()


def _one_by_one(transform: Transform) -> Transform:
    """The transform without reading ahead, for who waits for the answer to a line before sending the next."""
    return lambda lines: chain.from_iterable(transform([line]) for line in lines)


def _rewrite_in_place(path: str, transform: Transform, tally: _Tally) -> None:
    """Replace a file by its rewritten text; one that does not change is not touched."""
    name = display_name(path)
    if os.path.exists(path) and not os.path.isfile(path):
        raise VndiacriticError(f"{name} is not a file that can be rewritten in place")
    try:
        with open_input(path) as stream, open_output(path) as output:
            before = tally.changed
            for line in tally.watch(rewritten(read_lines(stream, name), transform)):
                output.write(line.after)
            output.wanted = tally.changed > before
    except OSError as exc:
        raise VndiacriticError(_cannot_write(exc)) from exc


def _sum_up(faces: _Faces, tally: _Tally) -> None:
    """The last word about several files."""
    total = len(faces.files)
    if total <= 1:
        return
    if faces.in_place:
        _say(f"{tally.changed} of {total} files changed")
    if tally.failed:
        _say(f"{tally.failed} of {total} files failed")


def _text_options(command: _Callable) -> _Callable:
    """The arguments that every command from text to text has."""
    for option in (
        click.option("--line-buffered", is_flag=True, help="Answer every line at once, as on a terminal."),
        click.option("--diff", is_flag=True, help="Write no text, show what would change as a unified diff."),
        click.option("--check", is_flag=True, help="Write no text, name files that would change; exit 1 if any."),
        click.option(
            "--format",
            type=click.Choice(["text", "jsonl"]),
            default="text",
            show_default=True,
            help="jsonl: one object a line with file, line, text and output.",
        ),
        click.option("-i", "--in-place", is_flag=True, help="Rewrite each FILE; unchanged files are not touched."),
        click.option("-o", "--output", type=_FILE, metavar="FILE", help="Write to FILE, whole or not at all."),
        click.argument("files", nargs=-1, type=_FILE, metavar="[FILE]..."),
    ):
        command = option(command)
    return command


# ---- commands


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Use 'vndiacritic COMMAND --help' for a command's options and examples.",
)
@click.version_option(__version__, message="vndiacritic %(version)s")
def main() -> None:
    """Give Vietnamese text its diacritics back.

    \b
    Examples:
      echo 'hom nay troi dep' | vndiacritic restore
      vndiacritic restore letter.txt -o letter.accented.txt
      vndiacritic train corpus/ -o my.safetensors
    """


@main.command()
@_text_options
@click.option("-m", "--model", metavar="MODEL", help="A model file, or the name of a shipped model.")
@click.option(
    "--tone-style",
    type=click.Choice(["old", "new"]),
    default="old",
    show_default=True,
    help="Where restored syllables carry the tone: old hòa, thúy; new hoà, thuý.",
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes to use.")
def restore(model: str | None, tone_style: str, jobs: int, **faces: Any) -> None:
    """Restore the diacritics of FILEs, or of standard input.

    Only diacritics are added; what already carries them is kept. Several FILEs are written one after the
    other, as cat does. FILE must be UTF-8; nothing is written of one that is not. A pipe is checked 8 MiB
    ahead, so its first lines come out once that much was read or it has ended; --line-buffered answers line
    by line instead. With -j, what is beyond the first megabyte of a FILE is restored by several processes.

    \b
    Examples:
      echo 'hom nay troi dep' | vndiacritic restore
      vndiacritic restore a.txt b.txt -o both.txt
      vndiacritic restore -j 2 crawl.txt -o crawl.accented.txt
      vndiacritic restore -i notes/*.txt
      vndiacritic restore --diff notes.txt | less
      vndiacritic restore --format jsonl notes.txt > notes.jsonl
      tail -f chat.log | vndiacritic restore --line-buffered
    """
    asked = _Faces(**faces)
    restorer = _load(model, tone_style)
    _rewrite(asked, lambda lines: restorer.restore_lines(lines, jobs))


@main.command()
@_text_options
def strip(**faces: Any) -> None:
    """Remove the Vietnamese diacritics of FILEs, or of standard input.

    The letters of Vietnamese lose tone and shape and đ becomes d; everything else stays as it is.

    \b
    Examples:
      echo 'Trời đẹp quá' | vndiacritic strip
      vndiacritic strip gold.txt -o bare.txt
    """
    from vndiacritic.alphabet import strip_diacritics

    _rewrite(_Faces(**faces), lambda lines: map(strip_diacritics, lines))


@main.command()
@click.argument("corpus", nargs=-1, required=True, type=_PATH)
@click.option("-o", "--output", required=True, type=_PATH, metavar="MODEL", help="The model file to write.")
@click.option(
    "--max-size",
    type=click.FloatRange(min=0, min_open=True),
    default=64,
    show_default=True,
    metavar="MB",
    help="Largest model file.",
)
@click.option("--work", type=_PATH, metavar="FOLDER", help="Keep what was learned so far in FOLDER, and go on from it.")
@click.option("--heldout", type=_FILE, metavar="FILE", help="Accented text to evaluate the new model on.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes to use.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="The same seed gives the same model.",
)
@click.option("--force", is_flag=True, help="Replace MODEL if it exists.")
def train(
    corpus: tuple[str, ...],
    output: str,
    max_size: float,
    work: str | None,
    heldout: str | None,
    jobs: int,
    seed: int,
    force: bool,
) -> None:
    """Train a model on accented text.

    CORPUS is a file or a folder of .txt and .gz files, UTF-8, a sentence or paragraph a line. An hour of
    training that is interrupted is lost, unless there is a --work folder: the same command then goes on from
    what it holds, and gives the same model.

    \b
    Examples:
      vndiacritic train corpus/ -o my.safetensors
      vndiacritic train news.txt.gz letters/ -o my.safetensors --max-size 16 -j 2
      vndiacritic train corpus/ -o my.safetensors --heldout gold.txt --work w
    """
    from vndiacritic.corpus import Corpus

    _refuse_output(output, force)
    Corpus(corpus)  # a wrong path is told now, not after the minute that importing and indexing take
    golds = _golds([heldout]) if heldout else {}
    _train(corpus, output, max_size=max_size, work=work, jobs=jobs, seed=seed)
    _say(f"wrote {display_name(output)} ({os.path.getsize(output) / 1e6:.1f} MB)")
    if golds:
        click.echo(_evaluate([output], golds).to_text(), nl=False)


@main.command()
@click.argument("gold", nargs=-1, required=True, type=_FILE)
@click.option("-m", "--model", "models", multiple=True, metavar="MODEL", help="As for restore; may be repeated.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="X",
    help="Exit 1 if the syllable figure of any model on any GOLD is below X percent.",
)
def evaluate(gold: tuple[str, ...], models: tuple[str, ...], format: str, fail_under: float | None) -> None:
    """Measure how well models restore accented text.

    Each GOLD file is stripped, restored and compared. The headline figure, syllable, is the share of words
    that come back exactly, case-sensitive, wherever the tone mark stands (hòa = hoà).

    \b
    Examples:
      vndiacritic evaluate gold.txt
      vndiacritic evaluate news.txt talk.txt -m default -m my.safetensors
      vndiacritic evaluate gold.txt --format json --fail-under 97.5
    """
    report = _evaluate(models, _golds(gold))
    if format == "json":
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        click.echo(report.to_text(), nl=False)
    if fail_under is not None:
        _fail_under(report, fail_under)


@main.group()
def model() -> None:
    """Look into model files.

    \b
    Examples:
      vndiacritic model info
      vndiacritic model verify my.safetensors
    """


@model.command()
@click.argument("model", required=False)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def info(model: str | None, format: str) -> None:
    """Tell what is in MODEL, by default the shipped one.

    \b
    Examples:
      vndiacritic model info
      vndiacritic model info my.safetensors --format json
    """
    from vndiacritic.modelfile import describe, open_model
    from vndiacritic.shipped import find_model

    described = describe(open_model(find_model(model)))
    if format == "json":
        click.echo(json.dumps(described, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_outline(described)))


@model.command()
@click.argument("model", required=False)
def verify(model: str | None) -> None:
    """Check every byte of MODEL, by default the shipped one, against its digests.

    \b
    Examples:
      vndiacritic model verify
      vndiacritic model verify my.safetensors
    """
    from vndiacritic.modelfile import verify_model
    from vndiacritic.shipped import find_model

    checked = verify_model(find_model(model))
    click.echo(f"{checked.path}: sound ({checked.file_size} bytes, payload SHA-256 {checked.payload_sha256})")


# ---- what the commands call


def _load(name_or_path: str | None, tone_style: str = "old") -> Restorer:
    """A model with the placement of tones that was asked for."""
    from vndiacritic.shipped import load_model

    return load_model(name_or_path, tone_style="new" if tone_style == "new" else "old")


def _refuse_output(output: str, force: bool) -> None:
    """Refuse before hours of training what could not be written after them."""
    name, folder = display_name(output), os.path.dirname(os.path.realpath(output))
    if os.path.exists(output) and not force:
        raise VndiacriticError(f"{name} exists: choose another name, or give --force to replace it")
    if os.path.exists(output) and not os.path.isfile(output):
        raise VndiacriticError(f"{name} is not a file: choose another name")
    if not os.path.isdir(folder):
        raise VndiacriticError(f"cannot write {name}: there is no folder {display_name(folder)}")
    if not os.access(folder, os.W_OK):
        raise VndiacriticError(f"cannot write {name}: no permission in the folder {display_name(folder)}")


def _train(corpus: tuple[str, ...], output: str, *, max_size: float, work: str | None, jobs: int, seed: int) -> None:
    """Train with progress on standard error; who interrupts is told what is kept."""
    from vndiacritic.progress import Meter
    from vndiacritic.training import recipe

    settings = recipe.Settings(max_size_mb=max_size, seed=seed)
    try:
        with Meter(sys.stderr, "vndiacritic: ") as meter:
            recipe.train(corpus, output, settings=settings, work=work, n_jobs=jobs, progress=meter)
    except KeyboardInterrupt as exc:
        kept = "nothing is kept; with --work FOLDER, a training can go on where it was interrupted"
        if work is not None:
            kept = f"what was learned is kept in {display_name(work)}; the same command goes on from it"
        _say(f"interrupted: {kept}")
        raise Exit(INTERRUPTED) from exc


def _golds(paths: Iterable[str]) -> dict[str, list[str]]:
    """Gold lines by the name of their set: the file's name, or its path where two have the same name."""
    paths = list(dict.fromkeys(paths))
    names = [os.path.basename(path) for path in paths]
    golds = {}
    for path, name in zip(paths, names, strict=True):
        with open_input(path) as stream:
            lines = list(read_lines(stream, display_name(path)))
        lines[:1] = [line.removeprefix("\ufeff") for line in lines[:1]]
        golds[display_name(name if names.count(name) == 1 else path)] = lines
    return golds


def _evaluate(models: Iterable[str], golds: Mapping[str, list[str]]) -> Report:
    """Measure models, or the default one, on gold sets."""
    from vndiacritic.evaluation import evaluate

    loaded = {display_name(name): _load(name) for name in models} or {"default": _load(None)}
    restorers = {name: model.predict for name, model in loaded.items()}
    first = next(iter(loaded.values()))  # all are measured on the same tokens
    return evaluate(restorers, golds, is_ambiguous=first.is_ambiguous, version=__version__)


def _fail_under(report: Report, floor: float) -> None:
    """Say which figures, rounded as they are printed, are too low; then exit 1."""
    low = [result for result in report.results if round(result.figures.syllable, 3) < floor]
    for result in low:
        _say(f"{result.model} on {result.set}: syllable {result.figures.syllable:.3f} is below {floor:g}")
    if low:
        raise Exit(1)


def _outline(values: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Nested values as indented lines; rows of plain values on one line."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{key}:"
            yield from _outline(value, indent + "  ")
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            yield f"{indent}{key}:"
            for item in value:
                yield from _outline({"-": item}, indent + "  ")
        else:
            yield f"{indent}{key}: {json.dumps(value, ensure_ascii=False) if value != str(value) else value}"
