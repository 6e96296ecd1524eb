"""What users read, in their language: help texts, click's own words, and the sentences of errors.

The code speaks English only; its modules make sentences and know nothing of languages. Here, at the edge, texts are
looked up in a gettext catalogue that LANGUAGE, LC_ALL, LC_MESSAGES and LANG choose. A sentence with names and numbers
in it is known by the template that it was made from, such as "cannot read {name}: {reason}". What a catalogue does not
have stays English. `docs.make.messages` collects the texts.
"""

from __future__ import annotations

import copy
import gettext
import inspect
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TextIO, TypeVar, cast

import click

__all__ = [
    "CATALOGUES",
    "DOMAIN",
    "EXAMPLES",
    "Catalogue",
    "Template",
    "listen",
    "localised",
    "paragraphs",
    "telling",
    "told",
]

DOMAIN = "vndiacritic"
CATALOGUES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "locale")

EXAMPLES = "Examples:"
"""The line above the examples in a help text; they are the same in all languages, and so are FILE, MODEL and -i."""

_LONGEST = 4000  # characters; a longer sentence has a whole text in it
_VERBATIM = "\b\n"  # how click knows a paragraph that must not be wrapped

Command = TypeVar("Command", bound=click.Command)


def listen() -> None:
    """Let click, which asks gettext, find its words in our catalogue."""
    gettext.bindtextdomain(DOMAIN, CATALOGUES)
    gettext.textdomain(DOMAIN)


def told(sentence: str) -> str:
    """A sentence in the user's language."""
    path = gettext.find(DOMAIN, CATALOGUES)
    return _catalogue(path).told(sentence) if isinstance(path, str) else sentence


def telling(stream: TextIO) -> TextIO:
    """A stream for progress: what is written to it, a line at a time after the program's name, is told to the user."""
    return cast("TextIO", _Telling(stream))


class _Telling:
    """Knows no more of a stream than who tells of progress asks for."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.isatty, self.flush = stream.isatty, stream.flush

    def write(self, text: str) -> int:
        """Write a line of progress."""
        head, name, sentence = text.rpartition(f"{DOMAIN}: ")
        line = sentence.rstrip("\n")
        return self._stream.write(f"{head}{name}{told(line) if name else line}{sentence[len(line) :]}")


# ---- help


def localised(command: Command) -> Command:
    """A copy of a command, with all that belongs to it, whose help is in the user's language."""
    command = copy.copy(command)
    command.help = command.help and "\n\n".join(map(_paragraph, paragraphs(command.help)))
    command.epilog = command.epilog and told(command.epilog)
    command.params = [_option(param) if isinstance(param, click.Option) else param for param in command.params]
    if isinstance(command, click.Group):
        command.commands = {name: localised(inner) for name, inner in command.commands.items()}
    return command


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a help text, each on one line but for those that click must not wrap."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        yield paragraph if paragraph.startswith(_VERBATIM) else " ".join(paragraph.split())


def _paragraph(text: str) -> str:
    if text.startswith(_VERBATIM):
        return text.replace(f"{_VERBATIM}{EXAMPLES}", f"{_VERBATIM}{told(EXAMPLES)}")
    return told(text)


def _option(option: click.Option) -> click.Option:
    option = copy.copy(option)
    option.help = option.help and told(" ".join(option.help.split()))
    return option


# ---- sentences


class Template(NamedTuple):
    """A text with places for others.

    Attributes
    ----------
    literals : tuple of str
        What stands before each place, and after the last one.
    names : tuple of str
        What the places are called.
    """

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Template:
        """The template that a text with ``{name}`` in it is."""
        from string import Formatter  # here and below: an English --version need not wait for it

        literals, names = [""], []
        for literal, name, _, _ in Formatter().parse(text):
            literals[-1] += literal
            if name is not None:
                names.append(name)
                literals.append("")
        return cls(tuple(literals), tuple(names))

    def match(self, text: str) -> dict[str, str] | None:
        """What stands in the places, if a text was made from this template; the least in each, from the left."""
        if not self.names:
            return {} if text == self.literals[0] else None
        first, *inner, last = self.literals
        if not (text.startswith(first) and text.endswith(last)) or len(text) < len(first) + len(last):
            return None
        values, start, end = [], len(first), len(text) - len(last)
        for literal in inner:
            at = text.find(literal, start, end)
            if at < 0:
                return None
            values.append(text[start:at])
            start = at + len(literal)
        return dict(zip(self.names, [*values, text[start:end]], strict=True))

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with something in its places."""
        filled = (literal + values[name] for literal, name in zip(self.literals, self.names, strict=False))
        return "".join(filled) + self.literals[-1]


class Catalogue:
    """Texts and what they are in another language.

    Parameters
    ----------
    messages : mapping of str to str
    """

    def __init__(self, messages: Mapping[str, str]) -> None:
        self._messages = messages
        templates = ((Template.of(text), Template.of(other)) for text, other in messages.items() if "{" in text)
        # "cannot read {name}: it is a folder" before "cannot read {name}: {reason}"
        self._templates = sorted(templates, key=lambda pair: -sum(map(len, pair[0].literals)))

    def told(self, sentence: str) -> str:
        """A sentence in the other language, or as it is; names may stand before the part that is known."""
        if not sentence or len(sentence) > _LONGEST:
            return sentence
        found = self._found(sentence)
        if found is not None:
            return found
        for at in (at + 1 for at, char in enumerate(sentence) if char == " "):
            if (found := self._found(sentence[at:], whole=False)) is not None:
                return sentence[:at] + found
        return sentence

    def _found(self, text: str, *, whole: bool = True) -> str | None:
        """A text in the other language, if it is known; one that is a part of another begins with a known word."""
        if text in self._messages:
            return self._messages[text]
        for template, other in self._templates:
            if (whole or template.literals[0]) and (values := template.match(text)) is not None:
                return other.filled({name: self._found(value) or value for name, value in values.items()})
        return None


@lru_cache(maxsize=1)
def _catalogue(path: str) -> Catalogue:
    """Read a compiled catalogue: offsets of texts and translations, as GNU gettext's manual has it."""
    import struct

    with open(path, "rb") as file:
        data = file.read()
    number, texts, others = struct.unpack_from("<3I", data, 8)

    def strings(table: int) -> Iterator[str]:
        for length, start in struct.iter_unpack("<2I", data[table : table + 8 * number]):
            yield data[start : start + length].decode("utf-8")

    pairs = zip(strings(texts), strings(others), strict=True)
    return Catalogue({text: other for text, other in pairs if text and "\0" not in text})
