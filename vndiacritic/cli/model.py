"""The commands ``model info`` and ``model verify``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from vndiacritic.cli.options import PATH

__all__ = ["model"]


@click.group()
def model() -> None:
    """Look into model files.

    \b
    Examples:
      vndiacritic model info
      vndiacritic model verify my.safetensors
    """


@model.command()
@click.argument("model", type=PATH, required=False)
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
@click.argument("model", type=PATH, required=False)
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
