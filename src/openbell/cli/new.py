"""`openbell new`: a part of one's own, with its test, from a template that works."""

import keyword
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import Json
from openbell.cli.shell.output import say, say_json

EXAMPLES = """
openbell new strategy opening_gap           opening_gap.py and test_opening_gap.py in this folder
openbell new rule lunch_break --dir parts   the same for a limit, in another folder
openbell new indicator my_mean              the same for an indicator
openbell new sizer small_first              what a position is multiplied by
openbell new feed my_files                  bars of your own
openbell new broker my_desk                 a venue of your own, on paper
"""
KINDS = ("strategy", "indicator", "rule", "sizer", "feed", "broker")
_IN_RULES = "a configuration beside it names it: rules: [{{kind: ./{name}.py}}]"
NAMED = {
    "strategy": "a configuration beside it names it: strategy: {{kind: ./{name}.py}}",
    "indicator": "a strategy in the same file calls its step; STYLE.md says how one becomes part of the package",
    "rule": _IN_RULES,
    "sizer": _IN_RULES,
    "feed": "a configuration beside it names it: source: {{kind: ./{name}.py, path: FOLDER}}",
    "broker": "a configuration beside it names it: mode: paper, and accounts: {{main: {{broker: ./{name}.py}}}}",
}
"""How each kind is put to use."""
TEMPLATES = Path(__file__).parent / "shell" / "templates"


def kinds(prefix: str) -> list[str]:
    """Return the kinds of parts that begin like this, for the shell's completion."""
    return [kind for kind in KINDS if kind.startswith(prefix)]


Kind = Annotated[
    str, typer.Argument(metavar="KIND", help="strategy, indicator, rule, sizer, feed or broker.", autocompletion=kinds)
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="File name without .py: lower case and underscores.")]
Folder = Annotated[Path, typer.Option("--dir", metavar="DIR", help="Folder to write into; made if need be.")]


def new(kind: Kind, name: Name, folder: Folder = Path(), as_json: Json = False) -> int:
    """Write a part of your own from a template that works, with a test that passes."""
    if kind not in KINDS:
        raise Wrong(f"there is no template for {kind!r}", f"known: {', '.join(KINDS)}")
    if not name.isidentifier() or name != name.lower() or keyword.iskeyword(name):
        raise Wrong(f"{name!r} is not a file name for Python", "use lower case letters, digits and underscores")
    files = {folder / f"{name}.py": f"{kind}.txt", folder / f"test_{name}.py": f"test_{kind}.txt"}
    there = [str(file) for file in files if file.exists()]
    if there:
        raise Wrong(f"{' and '.join(there)} would be overwritten", "choose another name, or --dir")
    folder.mkdir(parents=True, exist_ok=True)
    for file, template in files.items():
        text = Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(name=name)
        file.write_text(text, encoding="utf-8")
    part, test = files
    if as_json:
        say_json({"kind": kind, "part": str(part), "test": str(test)})
        return 0
    say(f"{part} and {test} are written; try them: python -m pytest {test}")
    say(NAMED[kind].format(name=name))
    return 0
