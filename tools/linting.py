"""The page of the linter: every rule with what it finds, why it matters, and what to do."""

from pathlib import Path

from openbell.config.explain import C
from openbell.config.linter.review import RULES
from tools.table import row

HEAD = """# What is found in a configuration

Written by `make docs` from the rules themselves. `openbell check FILE` tells everything at once, each with
`file:line:column`, what was probably meant, and what to do. `openbell check --explain L105` prints what stands here.

An **error** means that the file cannot be run; a **warning**, that it can and probably should not. Warnings do not
change the exit code of `check`: it is 0 for a file that can be run, 2 for one that cannot.

## Errors

| code | what it means |
|---|---|
"""
ERRORS = {
    C.FILE: "The file, or one that it names, cannot be read",
    C.SYNTAX: "It is not YAML 1.2, or uses what has no use here: tabs, tags, merge keys, aliases of themselves",
    C.DUPLICATE: "A key stands twice",
    C.UNKNOWN_KEY: "A key means nothing at its place",
    C.MISSING: "A key or its value is missing",
    C.TYPE: "A value is of another sort than is needed there: text, number, list, mapping",
    C.VALUE: "A value is of the right sort and cannot be meant: a unit is missing, or it is out of its bounds",
    C.UNKNOWN_NAME: "A name leads nowhere: of a strategy, a rule, a broker, an account",
    C.VARIABLE: "A variable is not set, or an `OPENBELL__` variable names no option",
    C.CONTRADICTION: "Two places exclude each other",
    C.SECRET: "A secret stands in the file itself: a warning, and an error where money is real",
    C.UNREACHABLE: "A rule is switched off that would not be on",
    C.OPEN_LINK: "An address would send to another machine in the open: every link beyond this machine is encrypted",
}


def linter_page(root: Path) -> str:
    """Return the page of every error code and every rule of the linter."""
    lines = [HEAD + "\n".join(row((code.value, text)) for code, text in ERRORS.items()), "", "## Warnings", ""]
    lines += ["| rule | what it finds |", "|---|---|"]
    lines += [row((f"[{rule.id}](#{rule.id.lower()})", rule.title)) for rule in RULES]
    for rule in RULES:
        lines += ["", f"### {rule.id}", "", f"**{rule.title}.** {rule.why}", ""]
        lines += [f"- found: `{rule.wrong}`", f"- right: `{rule.right}`", f"- what to do: {rule.hint}"]
    return "\n".join(lines) + "\n"
