"""`openbell strategies`: what a file can name under `strategy: {kind: ...}`."""

import inspect
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import Json
from openbell.cli.shell.output import say, say_json

if TYPE_CHECKING:
    from openbell.run.parts import Shelf

EXAMPLES = """
openbell strategies list               every kind with its first sentence
openbell strategies show ema_cross     what it does, its options, and how a file names it
"""
LIST_EXAMPLES = """
openbell strategies list          ours, and those that installed packages bring
openbell strategies list --json
"""
SHOW_EXAMPLES = """
openbell strategies show momentum
openbell strategies show ./mine.py     one of your own, below this folder
"""


def known(prefix: str) -> list[str]:
    """Return the kinds that begin like this, for the shell's completion."""
    from openbell.run import assemble

    return [kind for kind in assemble.shelves(None).strategies if kind.startswith(prefix)]


Kind = Annotated[str, typer.Argument(metavar="KIND", help="Kind, or a Python file.", autocompletion=known)]


def listed(as_json: Json = False) -> int:
    """List the strategies that a file can name."""
    from openbell.run import assemble

    shelf = assemble.shelves(None).strategies
    found = [_row(shelf, kind) for kind in shelf]
    if as_json:
        say_json({"strategies": found})
        return 0
    wide = max(len(one["kind"]) for one in found)
    for one in found:
        of = f" ({one['package']})" if one["package"] else ""
        say(f"{one['kind']:<{wide}}  {one['sort']:<8}  {one['about']}{of}")
    say()
    say("compiled: the same orders from a compiled loop; plain: runs on the plain engine alone")
    if any(one["sort"] == "broken" for one in found):
        say("broken: an installed package brings it and it cannot be used; all others can")
    return 0


def show(kind: Kind, as_json: Json = False) -> int:
    """Show what a strategy does, its options, and how a file names it."""
    from openbell.config.explain import nearest
    from openbell.run import assemble

    shelf = assemble.shelves(Path.cwd()).strategies
    if kind not in shelf:
        meant = nearest(kind, list(shelf))
        hint = f"did you mean {meant}? " if meant else ""
        raise Wrong(f"there is no strategy {kind!r}", f"{hint}openbell strategies list names them all")
    module = shelf.module(kind)
    told = {**_told(kind, module), "package": shelf.origin(kind)}
    options = _options(shelf[kind])
    text = inspect.getdoc(module) or ""
    if as_json:
        say_json({**told, "text": text, "options": options})
        return 0
    say(f"{kind} ({told['sort']}{', of ' + told['package'] if told['package'] else ''})")
    say()
    say(text)
    say()
    say(inspect.getdoc(shelf[kind]) or "")
    wide = max((len(one["name"]) for one in options), default=0)
    for one in options:
        bounds = f"   {one['bounds']}" if one["bounds"] else ""
        say(f"  {one['name']:<{wide}}  {one['default'] if one['default'] is not None else 'must be given'}{bounds}")
    say()
    given = "".join(f", {one['name']}: {_yaml(one['default'])}" for one in options if one["default"] is not None)
    say(f"strategy: {{kind: {kind}{given}}}")
    return 0


def _row(shelf: "Shelf", kind: str) -> dict[str, str]:
    """Return a line of the list; a package that is broken costs its own line alone."""
    from openbell.run.parts import PartError

    try:
        told = _told(kind, shelf.module(kind))
    except PartError as error:
        told = {"kind": kind, "sort": "broken", "about": str(error).removeprefix(f"{kind}: ")}
    return {**told, "package": shelf.origin(kind)}


def _told(kind: str, module: ModuleType) -> dict[str, str]:
    from openbell.run.parts import is_stock

    about = (inspect.getdoc(module) or "").partition("\n")[0]
    return {"kind": kind, "sort": "compiled" if is_stock(module) else "plain", "about": about}


def _options(model: Any) -> list[dict[str, Any]]:
    """Return name, default and bounds of each option, from its model's schema."""
    schema = model.model_json_schema()
    # As a file writes them: `1h`, not nanoseconds.
    defaults = model.model_construct().model_dump(mode="json")
    signs = (("minimum", ">="), ("exclusiveMinimum", ">"), ("maximum", "<="), ("exclusiveMaximum", "<"))
    found = []
    for name, entry in schema.get("properties", {}).items():
        bounds = ", ".join(f"{sign} {entry[word]:g}" for word, sign in signs if word in entry)
        if "enum" in entry:
            bounds = " | ".join(map(str, entry["enum"]))
        found.append({"name": name, "default": defaults.get(name), "bounds": bounds})
    return found


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).replace("'", "")
