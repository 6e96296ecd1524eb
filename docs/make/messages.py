"""The catalogue of what the command line says: which texts there are, in the code and in click, and their translations.

Knows how sentences are made in the code: constants, f-strings and choices between them, in what is raised and said.
It runs nothing but the commands' modules, for their help. `vndiacritic.cli.language` looks the texts up.
"""

from __future__ import annotations

import ast
import errno
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from vndiacritic import errors
from vndiacritic.cli import COMMANDS, main
from vndiacritic.cli.language import CATALOGUES, DOMAIN, EXAMPLES, Template, paragraphs

__all__ = ["LANGUAGES", "add_click", "folder", "made", "merged", "texts"]

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "vndiacritic"
LANGUAGES = ("vi",)

# What makes a sentence for users: our errors and warnings, click's, and what is said.
_SAYING = {*errors.__all__, "UsageError", "ClickException", "say", "error", "told", "warn", "type(error)", "type(exc)"}
# Variables and functions that hold or give whole sentences, which others raise and say.
_SENTENCES = {"message", "warning", "cannot_write", "problem_of", "sentence", "_given_up", "_deserted"}
# Who is told the step that a long work is at.
_TELLING = {"progress", "told", "run", "meter"}
# Parts of sentences, and sentences of progress, that the code puts together elsewhere.
_PARTS = (
    "standard input",
    "standard output",
    "read",
    "written",
    "none",
    "{name}, line {number}",
    "{number} files",
    "{step}: done in {time}",
    "{step}: {percent}%, {time} left",
)

# What the system says, in the C locale; the rest stays English.
_SYSTEM = (
    "EACCES EBADF EEXIST EFBIG EINVAL EIO EISDIR ELOOP EMFILE ENAMETOOLONG ENODEV ENOENT ENOMEM ENOSPC ENOTDIR "
    "ENOTEMPTY ENXIO EPERM EROFS ETXTBSY EXDEV EDQUOT ESTALE"
).split()
_JSON = (  # json.decoder and json.scanner
    "Expecting value",
    "Expecting ',' delimiter",
    "Expecting ':' delimiter",
    "Expecting property name enclosed in double quotes",
    "Extra data",
    "Invalid control character at",
    "Invalid \\escape",
    "Invalid \\uXXXX escape",
    "Illegal trailing comma before end of array",
    "Illegal trailing comma before end of object",
    "Unterminated string starting at",
)


_CLICK = "click"  # where its texts are; which these are depends on its version


@dataclass
class Texts:
    """Texts in their order, each with where it is."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, text: str, where: str) -> None:
        """Note a text, if there is anything to translate in it."""
        literals = Template.of(text).literals
        if any(char.isalpha() for literal in literals for char in literal):
            places = self.found.setdefault(text, [])
            if where not in places:
                places.append(where)


def texts() -> Mapping[str, list[str]]:
    """All texts, with the modules they are in; those of click are another matter, see `add_click`."""
    found = Texts()
    for text in _help_of(main):
        found.add(text, "help")
    for path in sorted(PACKAGE.rglob("*.py")):
        for text in _Sentences(path).found():
            found.add(text, path.relative_to(PACKAGE).as_posix())
    for text in _PARTS:
        found.add(text, "parts")
    for name in _SYSTEM:
        if hasattr(errno, name):
            found.add(os.strerror(getattr(errno, name)), "system")
    for text in _JSON:
        found.add(text, "json")
    return found.found


# ---- help


def _help_of(command: click.Command) -> Iterator[str]:
    yield EXAMPLES
    for text in (command.help, command.epilog):
        yield from (paragraph for paragraph in paragraphs(text or "") if not paragraph.startswith("\b"))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield " ".join((parameter.help or "").split())
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in COMMANDS if command is main else command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _help_of(inner)


# ---- sentences in the code


class _Sentences:
    """The sentences that a module makes."""

    def __init__(self, path: Path) -> None:
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._functions = {node.name: node for node in ast.walk(self._tree) if isinstance(node, ast.FunctionDef)}
        self._globals = _assigned(self._tree.body)
        self._values = self._globals

    def found(self) -> Iterator[str]:
        """All of them, as templates."""
        yield from self._found(self._tree)

    def _found(self, node: ast.AST) -> Iterator[str]:
        """Those at a node and inside it; what is assigned in a function is known there only."""
        with self._inside(node):
            for expression in self._told_by(node):
                yield from self._texts(expression, whole=True)
            for inner in ast.iter_child_nodes(node):
                yield from self._found(inner)

    @contextmanager
    def _inside(self, node: ast.AST) -> Iterator[None]:
        """Know what is assigned in a function."""
        outside = self._values
        if isinstance(node, ast.FunctionDef):
            self._values = self._globals | _assigned(ast.walk(node))
        yield
        self._values = outside

    def _told_by(self, node: ast.AST) -> list[ast.expr]:
        """The expressions at a node that are sentences."""
        if isinstance(node, ast.Call) and _name(node.func) in _SAYING:
            return node.args[:1]
        if isinstance(node, ast.Call) and _name(node.func) in _TELLING:
            return [argument for argument in node.args if isinstance(argument, (ast.Constant, ast.JoinedStr))]
        if isinstance(node, ast.Assign) and any(_name(target) in _SENTENCES for target in node.targets):
            return [node.value]
        if isinstance(node, ast.For) and _name(node.target) == "(wrong, message)" and isinstance(node.iter, ast.Tuple):
            return [pair.elts[1] for pair in node.iter.elts if isinstance(pair, ast.Tuple)]
        if isinstance(node, ast.FunctionDef) and node.name in _SENTENCES:
            return _returned(node)
        return []

    def _texts(self, node: ast.expr, *, whole: bool = False) -> list[str]:
        """What an expression may be; one that is not known here is a place."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [node.value.replace("{", "{{").replace("}", "}}")]
        if isinstance(node, ast.JoinedStr):
            return _joined([self._texts(part) for part in node.values])
        if isinstance(node, ast.FormattedValue):
            return self._texts(node.value)
        if isinstance(node, ast.IfExp):
            return [*self._texts(node.body, whole=whole), *self._texts(node.orelse, whole=whole)]
        if isinstance(node, ast.BinOp) and (_is_text(node.left) or _is_text(node.right)):
            return _joined([self._texts(node.left), self._texts(node.right)])
        if isinstance(node, ast.Name) and (values := self._values.get(node.id)):
            return [text for value in values for text in self._texts(value, whole=whole)]
        if whole and isinstance(node, ast.Call) and (function := self._functions.get(_name(node.func))):
            with self._inside(function):
                return [text for value in _returned(function) for text in self._texts(value)]
        return [] if whole else [f"{{{_place(node)}}}"]


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    """What some statements assign to names, if all of that is text."""
    values: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                values.setdefault(_name(target), []).append(node.value)
    return {name: found for name, found in values.items() if name and all(map(_is_text, found))}


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) and _is_text(node.orelse)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _returned(function: ast.FunctionDef) -> list[ast.expr]:
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]


def _joined(parts: list[list[str]]) -> list[str]:
    """All texts that can be made of parts, with another name for each place."""
    made = [""]
    for variants in parts:
        made = [
            text + (variant if variant not in text else _renamed(variant, text))
            for text in made
            for variant in variants
        ]
    return made


def _renamed(variant: str, text: str) -> str:
    """A place under a name that the text does not have yet."""
    if not (variant.startswith("{") and variant.endswith("}")):
        return variant
    return next(new for n in range(2, 9) if (new := f"{variant[:-1]}{n}}}") not in text)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ast.unparse(node)


def _place(node: ast.expr) -> str:
    """What a place in a template is called: after what stands there in the code."""
    if isinstance(node, ast.BoolOp):
        return _place(node.values[0])
    if isinstance(node, (ast.Subscript, ast.Starred)):
        return _place(node.value)
    if isinstance(node, ast.Call):
        return _place(node.args[0]) if node.args else _place(node.func)
    if isinstance(node, ast.BinOp):
        return _place(node.left)
    name = _name(node).strip("_")
    return {"strerror": "reason", "exc": "error"}.get(name, name) if name.isidentifier() else "value"


# ---- click


def _of_click() -> Iterator[str | tuple[str, str]]:
    """What click looks up."""
    spec = find_spec("click")
    for place in spec.submodule_search_locations or [] if spec else []:
        for path in sorted(Path(place).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in ("_", "gettext", "ngettext"):
                    given = [
                        arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                    ]
                    if len(given) == 2:
                        yield given[0], given[1]
                    elif given:
                        yield given[0]


# ---- catalogues


def folder(language: str) -> Path:
    """Where the catalogue of a language is."""
    return Path(CATALOGUES) / language / "LC_MESSAGES"


def merged(language: str) -> Catalog:
    """The catalogue of a language with all texts there are now, and no others but click's."""
    path = folder(language) / f"{DOMAIN}.po"
    with path.open("rb") as file:
        old = read_po(file, locale=language)
    new = Catalog(
        locale=language, project=DOMAIN, header_comment=old.header_comment, fuzzy=False, charset="utf-8",
        creation_date=old.creation_date, revision_date=old.revision_date, last_translator=old.last_translator,
        language_team=old.language_team, copyright_holder=old.copyright_holder, msgid_bugs_address="",
    )  # fmt: skip
    for text, where in texts().items():
        before = old.get(text)
        new.add(text, before.string if before else None, auto_comments=[", ".join(where)])
    for message in old:
        if message.auto_comments == [_CLICK]:
            new.add(message.id, message.string, auto_comments=[_CLICK])
    return new


def add_click() -> None:
    """Add what the installed click looks up, for somebody to translate.

    Which texts these are depends on its version, so no test asks for them; those of other versions stay.
    """
    for language in LANGUAGES:
        catalogue = merged(language)
        for text in _of_click():
            if catalogue.get(text if isinstance(text, str) else text[0]) is None:
                catalogue.add(text, auto_comments=[_CLICK])
        (folder(language) / f"{DOMAIN}.po").write_bytes(_written(catalogue))


def made() -> dict[Path, bytes]:
    """The files of all catalogues."""
    files = {}
    for language in LANGUAGES:
        catalogue = merged(language)
        files[folder(language) / f"{DOMAIN}.po"] = _written(catalogue)
        files[folder(language) / f"{DOMAIN}.mo"] = _compiled(catalogue)
    return files


def _written(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalogue, width=120, no_location=True, ignore_obsolete=True)
    return out.getvalue()


def _compiled(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()
