"""A recipe for a training in a file: corpora with their weights, and the settings that the options have too.

The file is TOML. A key on its top level is an option of the command without its dashes, and an option that is given
takes its place; what only a file can say, its tables do. This module knows the command's options and their types; it
does not know what they do.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from vndiacritic.errors import RecipeError
from vndiacritic.files import display_name

if TYPE_CHECKING:
    from vndiacritic.corpus import Entry

__all__ = ["Recipe", "entries_of", "read_recipe"]

_NO_KEYS = ("recipe", "weights", "dropped", "force", "resume", "dry_run")  # what is no part of a recipe
_OF_A_CORPUS = ("path", "weight", "field")


@dataclass(frozen=True)
class Recipe:
    """What only a file can say.

    Attributes
    ----------
    name : str
        What the file is called.
    corpora : sequence of mapping
        The tables ``[[corpus]]``, their paths as seen from here.
    filters, variation : mapping
        The tables of these names: fields of `vndiacritic.training.filters.Filters` and of
        `vndiacritic.training.index.Variation`.
    """

    name: str = ""
    corpora: Sequence[Mapping[str, Any]] = ()
    filters: Mapping[str, Any] = field(default_factory=dict)
    variation: Mapping[str, Any] = field(default_factory=dict)

    def changed(self, table: str, default: Any) -> Any:
        """A dataclass of settings with what a table says of them."""
        given: Mapping[str, Any] = getattr(self, table)
        known = {each.name.replace("_", "-"): each.name for each in fields(default)}
        changes = {}
        for key, value in given.items():
            name = known[_known(key, known, f"{self.name}, [{table}]")]
            before = getattr(default, name)
            changes[name] = _like(before, value, f"{self.name}, [{table}] {key}")
        return replace(default, **changes)


def read_recipe(ctx: click.Context, _: click.Parameter, path: str | None) -> Recipe:
    """For click: read a file, and let the options that are not given have its values.

    Raises
    ------
    RecipeError
        The file cannot be read, is not TOML, has a key that no option has, or a value that its option does not take.
    """
    if path is None:
        return Recipe()
    name, folder = display_name(path), os.path.dirname(path)
    values = _read(path, name)
    tables = {key: values.pop(key, empty) for key, empty in (("corpus", []), ("filters", {}), ("variation", {}))}
    _check_tables(tables, name)
    corpora = [_corpus(one, name, folder) for one in tables["corpus"]]
    options = _options(ctx.command)
    ctx.default_map = dict(
        _default(ctx, options[_known(key, [*options, *tables], name)], value, f"{name}, {key}", folder)
        for key, value in values.items()
    )
    return Recipe(name, corpora, tables["filters"], tables["variation"])


def _check_tables(tables: Mapping[str, Any], name: str) -> None:
    for key, value in tables.items():
        if key == "corpus" and not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
            raise RecipeError(f"{name}: corpus must be tables, each headed [[corpus]]")
        if key != "corpus" and not isinstance(value, dict):
            raise RecipeError(f"{name}: {key} must be a table, headed [{key}]")


def _read(path: str, name: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as exc:
        raise RecipeError(f"cannot read {name}: {exc.strerror}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise RecipeError(f"{name} is not TOML: {exc}") from exc


def _known(key: str, known: Iterable[str], where: str) -> str:
    """A key that is known, or a complaint that names the nearest."""
    known = list(known)
    if key in known:
        return key
    near = get_close_matches(key, known, 1)
    rather = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    raise RecipeError(f"{where} has an unknown key {key}: {rather}")


def _options(command: click.Command) -> dict[str, click.Option]:
    """The options of a command by their keys."""
    options = (param for param in command.params if isinstance(param, click.Option) and param.name not in _NO_KEYS)
    return {max(option.opts, key=len).lstrip("-"): option for option in options}


def _default(ctx: click.Context, option: click.Option, value: Any, where: str, folder: str) -> tuple[str, Any]:
    """What an option is if it is not given; complaints name the file, which click would not."""
    if option.multiple and not isinstance(value, list):
        value = [value]
    if not option.multiple and isinstance(value, list):
        value = ",".join(map(str, value))
    if isinstance(option.type, click.Path):
        value = _seen_from_here(value, folder)
    if option.is_flag is not isinstance(value, bool):
        raise RecipeError(f"{where} must {'' if option.is_flag else 'not '}be true or false")
    try:
        option.type_cast_value(ctx, value)
    except click.BadParameter as exc:
        raise RecipeError(f"{where}: {exc.message}") from exc
    except TypeError as exc:
        raise RecipeError(f"{where} is not what --{where.rpartition(' ')[2]} takes") from exc
    return option.name or "", value


def _seen_from_here(value: Any, folder: str) -> Any:
    """A path in a recipe is one from the recipe's folder."""
    if isinstance(value, list):
        return [_seen_from_here(one, folder) for one in value]
    return os.path.join(folder, value) if isinstance(value, str) and value != "-" else value


def _corpus(table: Mapping[str, Any], name: str, folder: str) -> dict[str, Any]:
    for key in table:
        _known(key, _OF_A_CORPUS, f"{name}, [[corpus]]")
    if not isinstance(table.get("path"), str):
        raise RecipeError(f'{name}, [[corpus]] has no path: give path = "FILE or FOLDER"')
    texts = table.get("field", [])
    return {
        "path": _seen_from_here(table["path"], folder),
        "weight": _like(1.0, table.get("weight", 1.0), f"{name}, [[corpus]] weight"),
        "fields": tuple(_like("", text, f"{name}, [[corpus]] field") for text in _as_list(texts)),
    }


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _like(before: Any, value: Any, where: str) -> Any:
    """A value of the type that another has; a whole number is a number, and nothing else is."""
    if isinstance(before, tuple) and isinstance(value, list) and len(value) == len(before):
        return tuple(_like(one, other, where) for one, other in zip(before, value, strict=True))
    if isinstance(before, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(before):
        kind = {bool: "true or false", float: "a number", int: "a whole number", str: "a text"}
        raise RecipeError(f"{where} must be {kind.get(type(before), 'a list of as many numbers')}, not {value!r}")
    return value


# ---- the corpora that a training is asked for


def entries_of(
    ctx: click.Context, corpus: Sequence[str], recipe: Recipe, names: Sequence[str], weights: Mapping[str, float]
) -> list[Entry]:
    """The corpora that are named, or else those of the recipe, with the weights and fields that are given.

    Raises
    ------
    click.UsageError
        Nothing is named, or a weight is of something else.
    """
    from vndiacritic.corpus import Entry

    entries = [Entry(path, fields=tuple(names)) for path in corpus]
    if not entries:
        given = ctx.get_parameter_source("fields") is ParameterSource.COMMANDLINE
        entries = [
            Entry(one["path"], one["weight"], tuple(names) if given or not one["fields"] else one["fields"])
            for one in recipe.corpora
        ]
    if not entries:
        raise click.UsageError("no CORPUS is named: give a file or a folder, or a --config file with some")
    if unknown := sorted(weights.keys() - {entry.path for entry in entries}):
        known = ", ".join(entry.path for entry in entries)
        raise click.UsageError(f"--weight is for {unknown[0]}, which is no CORPUS: there are {known}")
    return [replace(entry, weight=weights.get(entry.path, entry.weight)) for entry in entries]
