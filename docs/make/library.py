"""The Python reference, ``docs/python.md``, from the docstrings of what is public.

Knows numpydoc's sections and Markdown, and which names are public. It writes no text of its own about them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import vndiacritic

__all__ = ["made"]

DOCS = Path(__file__).resolve().parent.parent
_HEAD = """\
# The library

Made from the docstrings by `python -m docs.make`. Everything that is raised on purpose is a `VndiacriticError`, and its
message says what is wrong, where, and what to do. All names have types; the package has a `py.typed` marker."""

# What is public beside `vndiacritic.__all__`, module by module.
_MODULES = {
    "vndiacritic": (
        "restore restore_and_explain strip_diacritics clean repair repair_and_explain load_model Restorer Choice "
        "Explained DiacriticRestorer TextCleaner VndiacriticError ModelError EncodingError CorpusError WordListError "
        "DataWarning"
    ).split(),
    "vndiacritic.formats": ["rewrite_text", "open_document", "change_segments"],
    "vndiacritic.placement": ["placement_of"],
    "vndiacritic.words": ["word_list"],
    "vndiacritic.alphabet": ["compose", "place_tone", "fold_tone", "parse_syllable"],
    "vndiacritic.modelfile": ["open_model", "verify_model", "describe"],
    "vndiacritic.evaluation": ["evaluate"],
}


def made() -> Mapping[Path, bytes]:
    """The page."""
    if missing := set(vndiacritic.__all__) - {"__version__", *_MODULES["vndiacritic"]}:
        raise ValueError(f"say where {missing} are to stand, in {__file__}")
    parts = [_HEAD]
    for module, names in _MODULES.items():
        parts.append(f"## {module}")
        home = import_module(module)
        for name in names:
            parts += _entry(name, getattr(home, name))
    return {DOCS / "python.md": ("\n\n".join(parts) + "\n").encode("utf-8")}


def _entry(name: str, thing: Any) -> Iterator[str]:
    """The section of a function or a class, with its methods."""
    if not inspect.isclass(thing):
        yield f"### {name}"
        yield f"`{name}{_signature(thing)}`"
        yield from _docstring(thing)
        return
    yield f"### {name}"
    if issubclass(thing, (Exception, Warning)):
        bases = ", ".join(f"`{base.__name__}`" for base in thing.__bases__)
        yield f"{bases}. {inspect.getdoc(thing)}"
        return
    if "__init__" in vars(thing):
        yield f"`{name}{_signature(thing)}`"
    yield from _docstring(thing)
    for member, value in vars(thing).items():
        if member.startswith("_") or not (documented := _method(value)):
            continue
        yield f"#### {name}.{member}"
        if not isinstance(value, property):
            yield f"`{member}{_signature(documented, bound=not isinstance(value, staticmethod))}`"
        yield from _docstring(documented)


def _method(value: Any) -> Callable[..., Any] | None:
    """The function of a method or property that has a docstring."""
    function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    return function if inspect.isfunction(function) and function.__doc__ else None


def _signature(thing: Callable[..., Any], *, bound: bool = False) -> str:
    """Parameters with their types and defaults, as they are written in the code."""
    signature = inspect.signature(thing)
    written, starred = [], False
    for parameter in list(signature.parameters.values())[1 if bound else 0 :]:
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            written.append("*")
            starred = True
        default = "" if parameter.default is parameter.empty else f" = {_default(parameter.default)}"
        stars = "**" if parameter.kind is parameter.VAR_KEYWORD else ""
        written.append(f"{stars}{parameter.name}: {parameter.annotation}{default}")
    returned = signature.return_annotation
    return f"({', '.join(written)})" + (f" -> {returned}" if returned not in (signature.empty, None, "None") else "")


def _default(value: object) -> str:
    return f"{type(value).__name__}()" if is_dataclass(value) else repr(value)


# ---- docstrings


def _docstring(thing: Any) -> Iterator[str]:
    """A docstring's text and sections as Markdown."""
    text = inspect.getdoc(thing) or ""
    parts = re.split(r"^([A-Z][a-z]+)\n-{3,}\n", text, flags=re.MULTILINE)
    if parts[0].strip():
        yield from _examples(_prose(parts[0].strip()))
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        yield f"**{title}**"
        if title == "Examples":
            yield from _examples(body.strip())
        else:
            yield "\n".join(_items(body.strip("\n")))


def _items(body: str) -> Iterator[str]:
    """Items of a section: a name and its type on a line, what it is indented below."""
    item: list[str] = []
    for line in [*body.splitlines(), None]:
        if item and (line is None or (line and not line.startswith(" "))):
            name, _, kind = item[0].partition(" : ")
            meaning = _prose(" ".join(" ".join(item[1:]).split()))
            heading = f"`{name}`" + (f" ({kind})" if kind else "")
            yield f"- {heading}: {meaning}" if meaning else f"- {heading}"
            item = []
        if line is not None:
            item.append(line.strip())


def _examples(text: str) -> Iterator[str]:
    """Paragraphs, those with a prompt as code; the tests run them where they stand in the source."""
    for paragraph in text.split("\n\n"):
        if paragraph.startswith(">>>"):
            yield "```pycon\n" + re.sub(r"  # doctest: \+\w+", "", paragraph) + "\n```"
        else:
            yield paragraph


def _prose(text: str) -> str:
    return text.replace("``", "`").replace("<", "&lt;")
