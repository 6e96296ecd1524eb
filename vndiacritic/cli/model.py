"""The commands ``model info``, ``model verify`` and ``model diff``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from vndiacritic.cli.language import told
from vndiacritic.cli.options import FILE, PATH

__all__ = ["model"]

format_option = click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.group()
def model() -> None:
    """Look into model files.

    \b
    Examples:
      vndiacritic model info
      vndiacritic model verify my.safetensors
      vndiacritic model diff default my.safetensors
    """


@model.command()
@click.argument("model", type=PATH, required=False)
@format_option
def info(model: str | None, format: str) -> None:
    """Tell what is in MODEL, by default the shipped one: its card, then its arrays.

    The card is what its training wrote down: data with their hashes, settings, versions, figures with what they were
    measured on, the licence, and the model that was adapted if there was one.

    \b
    Examples:
      vndiacritic model info
      vndiacritic model info my.safetensors --format json
    """
    from vndiacritic.modelfile import describe, open_model
    from vndiacritic.shipped import find_model

    described = describe(open_model(find_model(model)))
    described["arrays"] = described.pop("arrays")  # last: who reads the card need not scroll
    _show(described, format)


@model.command()
@click.argument("model", type=PATH, required=False)
def verify(model: str | None) -> None:
    """Check every byte of MODEL, by default the shipped one, against its digests, and that its arrays fit each other.

    \b
    Examples:
      vndiacritic model verify
      vndiacritic model verify my.safetensors
    """
    from vndiacritic.bounds import padding_misfits
    from vndiacritic.errors import ModelError
    from vndiacritic.modelfile import verify_model
    from vndiacritic.restorer import Restorer
    from vndiacritic.shipped import find_model

    checked = verify_model(find_model(model))
    Restorer.load(checked.path)
    for wrong in padding_misfits(checked.arrays, checked.metadata["params"]):
        raise ModelError(f"{checked.path} is not a model that restores ({wrong})")
    click.echo(told(f"{checked.path}: sound ({checked.file_size} bytes, payload SHA-256 {checked.payload_sha256})"))


@model.command()
@click.argument("first", type=PATH)
@click.argument("second", type=PATH)
@click.argument("text", type=FILE, required=False)
@format_option
def diff(first: str, second: str, text: str | None, format: str) -> None:
    """Tell how the models FIRST and SECOND differ.

    Settings, data, sizes and figures are shown where they are not the same, as [FIRST's, SECOND's]; then which forms
    SECOND gained and lost. With TEXT, also which syllables of it they restore differently.

    \b
    Examples:
      vndiacritic model diff default my.safetensors
      vndiacritic model diff default my.safetensors letters.txt
    """
    from vndiacritic.files import display_name, open_input, read_lines
    from vndiacritic.modeldiff import compare_models, compare_restored
    from vndiacritic.modelfile import open_model
    from vndiacritic.shipped import find_model

    paths = [find_model(name) for name in (first, second)]
    found = compare_models(*map(open_model, paths))
    if text is not None:
        from vndiacritic.restorer import Restorer

        one, other = map(Restorer.load, paths)
        with open_input(text) as stream:
            found["restored"] = compare_restored(one, other, list(read_lines(stream, display_name(text))))
    _show({name: of_name for name, of_name in found.items() if of_name}, format)


def _show(values: Mapping[str, Any], format: str) -> None:
    shown = json.dumps(values, ensure_ascii=False, indent=2) if format == "json" else "\n".join(_outline(values))
    click.echo(shown)


def _outline(values: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Nested values as indented lines; rows of plain values on one line."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{key}:"
            yield from _outline(value, indent + "  ")
        elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
            yield f"{indent}{key}:"
            for item in value:
                yield from _outline({"-": item}, indent + "  ")
        else:
            yield f"{indent}{key}: {json.dumps(value, ensure_ascii=False) if value != str(value) else value}"
