"""The command line: the group of commands, each a module of this package that is imported when it is called.

A command's module holds the click command of its name; to add one, write the module and put its name into `COMMANDS`.
Commands import what they need when they run, so ``--help`` and ``--version`` need neither numpy nor a model. A command
from text to text takes `options.file_options` and hands its transform to `rewriting.rewrite`.

Text goes to standard output, everything else to standard error.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from vndiacritic import __version__
from vndiacritic.cli.exits import exit_codes
from vndiacritic.cli.language import listen, localised

__all__ = ["COMMANDS", "main"]

COMMANDS = ("restore", "clean", "strip", "review", "serve", "train", "evaluate", "model")
"""In the order of ``--help``."""


class Commands(click.Group):
    """A group that imports a command when it is asked for; commands, and their help, end with our exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return localised(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; of a name that is none, say which is meant."""
        name = args[0]
        if name in COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches

        if near := get_close_matches(name, COMMANDS, 1):
            raise click.UsageError(f"there is no command {name!r}: did you mean {near[0]}?", ctx)
        raise click.UsageError(f"there is no command {name!r}: there are {', '.join(COMMANDS)}", ctx)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program, in the user's language."""
        listen()
        return super(Commands, localised(self)).main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the arguments; ``--help`` ends here."""
        with exit_codes():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with exit_codes():
            return super().invoke(ctx)


@click.group(
    cls=Commands,
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
