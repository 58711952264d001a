"""Help with examples first, without colours and without anything heavy."""

import inspect
from typing import Any

from typer.core import TyperCommand, TyperGroup


class Command(TyperCommand):
    """A verb whose help begins with what it does and how it is called."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write description, examples, usage, arguments and options."""
        _begin(self, formatter)
        self.format_usage(ctx, formatter)
        self.format_options(ctx, formatter)


class Group(TyperGroup):
    """A group of verbs, helped in the same order."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write description, examples, usage, verbs and options."""
        _begin(self, formatter)
        self.format_usage(ctx, formatter)
        self.format_commands(ctx, formatter)
        TyperCommand.format_options(self, ctx, formatter)  # type: ignore[arg-type]  # the group's own would list verbs twice


def _begin(command: Any, formatter: Any) -> None:
    formatter.write(f"{inspect.cleandoc(command.help or '')}\n\n")
    if command.epilog:
        formatter.write("Examples:\n")
        for line in inspect.cleandoc(command.epilog).splitlines():
            formatter.write(f"  {line}\n" if line else "\n")
        formatter.write("\n")
