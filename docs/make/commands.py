"""The command reference, from the commands themselves: ``docs/commands.md``, and the same in Vietnamese.

Knows click's commands and Markdown. What the help says, and in which language, is the commands' affair.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click

from vndiacritic.cli import COMMANDS, main
from vndiacritic.cli.language import EXAMPLES, localised, paragraphs, told

__all__ = ["made"]

DOCS = Path(__file__).resolve().parent.parent
_ASKED = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


class _Words(NamedTuple):
    """What a page says besides the commands' help."""

    title: str
    head: str
    option: str
    meaning: str
    default: str


_PAGES = {
    "commands.md": (
        "C",
        _Words(
            "The commands",
            "Made from the commands by `python -m docs.make`; `vndiacritic COMMAND --help` says the same. "
            "[At the shell](command-line.md) tells how the options work together, and of exit codes and completion. "
            "[Tiếng Việt](commands.vi.md)",
            "option",
            "meaning",
            "default",
        ),
    ),
    "commands.vi.md": (
        "vi",
        _Words(
            "Các lệnh",
            "Trang này do `python -m docs.make` viết ra từ chính các lệnh; `vndiacritic COMMAND --help` cho biết đúng "
            "những điều này, bằng tiếng Việt nếu đặt `LANG=vi_VN.UTF-8`. [English](commands.md)",
            "tùy chọn",
            "ý nghĩa",
            "mặc định",
        ),
    ),
}


def made() -> Mapping[Path, bytes]:
    """The pages."""
    return {DOCS / name: _page(language, words).encode("utf-8") for name, (language, words) in _PAGES.items()}


def _page(language: str, words: _Words) -> str:
    with _speaking(language):
        parts = [f"# {words.title}", words.head, *_command("vndiacritic", localised(main), words)]
    return "\n\n".join(parts) + "\n"


@contextmanager
def _speaking(language: str) -> Iterator[None]:
    before = {name: os.environ.pop(name, None) for name in _ASKED}
    os.environ["LANGUAGE"] = language
    try:
        yield
    finally:
        del os.environ["LANGUAGE"]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _command(name: str, command: click.Command, words: _Words) -> Iterator[str]:
    """A section for a command, and one for each of its own."""
    yield f"## {name}"
    yield f"`{' '.join([name, *_usage(command)])}`"
    for paragraph in paragraphs(command.help or ""):
        yield _examples(paragraph) if paragraph.startswith("\b") else _escaped(paragraph)
    options = [param for param in command.params if isinstance(param, click.Option) and param.name != "version"]
    if options:
        rows = [f"| {_written(option)} | {_meaning(option, words)} |" for option in options]
        yield "\n".join([f"| {words.option} | {words.meaning} |", "|---|---|", *rows])
    if isinstance(command, click.Group):
        context = click.Context(command)
        for inner in COMMANDS if command.name == main.name else command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _command(f"{name} {inner}", found, words)


def _usage(command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        yield "COMMAND"
    for param in command.params:
        if isinstance(param, click.Argument):
            written = param.metavar or (param.name or "").upper() + ("..." if param.nargs == -1 else "")
            yield written if param.required or written.startswith("[") else f"[{written}]"
        elif param.required:
            yield f"{param.opts[0]} {param.metavar}"


def _examples(paragraph: str) -> str:
    """The examples as a block that the tests run."""
    lines = [line.strip() for line in paragraph.splitlines()]
    start = next(number for number, line in enumerate(lines) if line in (EXAMPLES, told(EXAMPLES)))
    return "\n".join(["```sh", *lines[start + 1 :], "```"])


def _written(option: click.Option) -> str:
    choices = "|".join(map(str, option.type.choices)) if isinstance(option.type, click.Choice) else option.type.name
    value = "" if option.is_flag else f" {option.metavar or choices}"
    return ", ".join(f"`{name}`" for name in option.opts) + (
        f"&nbsp;`{value.strip()}`".replace("|", "\\|") if value else ""
    )


def _meaning(option: click.Option, words: _Words) -> str:
    text = _escaped(option.help or "")
    if option.show_default is True and option.default is not None:
        text = f"{text} [{words.default}: {option.default}]".strip()
    return text


def _escaped(text: str) -> str:
    """Prose in which Markdown sees nothing but words."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
