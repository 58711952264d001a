"""The page of risk controls: what each means, when it is asked, what follows, its default and where it comes from."""

import ast
from pathlib import Path

from openbell.run.assemble import STANDARD
from openbell.run.parts import Shelf, bind_rule
from openbell.run.presets import PRESETS
from tools.table import row

RULES = Path("src") / "openbell" / "parts" / "rules"
HEAD = """# Risk controls

Every control of the table D1 to D44, written by `make docs` from the rules themselves. All of them are in
force with the defaults below where a file says nothing and their data exist; `rules: {NAME: {options}}` gives one other
options, `NAME: off` switches it off, `preset: none` all that the file does not name; other presets are below. A
strategy's own limits (entries, positions, loss of a day, fall from its peak) stand in its `budget`. A standard one
without its data is off; one that the file names stays and refuses what it cannot judge. `openbell plan` and the start
of a run list what is in force, what is not, and why. Real money needs daily_loss, order_notional, order_rate and
price_collar. All failures of an order are told together. Entry rules never see an order that reduces a holding. A rule
that raises refuses.

| id | rule | meaning | default | when | effect | from | in force |
|---|---|---|---|---|---|---|---|
"""
CORE = (
    ("B16", "kill latch", "no new risk while a kill covers the order", "on", "before each order", "refuses"),
    ("B23", "latches", "no new risk while a limit's or a person's gate is shut", "on", "before each order", "refuses"),
    ("B14", "shape", "lots, ticks, minimum quantity and value", "on", "before each order", "refuses"),
    ("B20", "reduce only", "an exit never grows or flips a holding, orders in flight included", "on",
     "before each exit", "refuses"),
    ("D18", "buying power", "worst case within equity times the account's leverage", "leverage 1",
     "before each order", "refuses"),
    ("D39", "mismatch of an instrument", "no new risk in what disagrees with the venue", "on", "before each order",
     "refuses"),
    ("D35", "clock", "no new risk while the venue's clock and ours are further apart; exits go out", "500 ms",
     "every ping", "refuses"),
    ("B34", "disk", "no new risk on a sick disk", "on", "before each order", "refuses"),
)  # fmt: skip
ELSEWHERE = (
    ("D32", "named at a start with an account outside the process; the weekly look and the refusal come with arming"),
    ("D43", "comes later"),
)  # fmt: skip
OLD = {"kill": "B16", "session_hours": "B26", "duplicate": "D7", "max_position": "D14", "max_positions": "D13"}


def presets_of() -> list[str]:
    """Return a table of presets, with what each changes of the standard table or adds to it."""
    rows = ["`preset: NAME` is the table with other options for some rules; what the file names has the file's.", ""]
    rows += ["| preset | changes and adds |", "|---|---|"]
    for name, changed in PRESETS.items():
        words = [
            f"{kind} {{{', '.join(f'{k}: {v}' for k, v in options.items())}}}" for kind, options in changed.items()
        ]
        rows.append(row((f"`{name}`", "; ".join(words))))
    return rows


def controls_page(root: Path) -> str:
    """Return the page of all controls."""
    shelf = Shelf("rules", "openbell.parts.rules")
    rows = []
    for kind in shelf:
        module = shelf.module(kind)
        rule = bind_rule(kind, module, module.Config())
        name = str(getattr(module, "ID", OLD.get(kind, "")))
        text = ast.get_docstring(ast.parse((root / RULES / f"{kind}.py").read_text(encoding="utf-8"))) or ""
        needs = getattr(module, "NEEDS", ())
        when, effect = getattr(module, "WHEN", "before each order"), getattr(module, "EFFECT", "refuses")
        state = f"standard; needs {', '.join(needs)}" if needs else "standard" if kind in STANDARD else "when named"
        source = getattr(module, "SOURCE", "founding documents")
        rows.append((name, f"`{kind}`", " ".join(text.split()), rule.text, when, effect, source, state))
    rows += [(*cells, "reliability catalogue", "always") for cells in CORE]
    rows.sort(key=lambda one: (one[0][0] != "D", int("".join(c for c in one[0].split(",")[0] if c.isdigit())), one[1]))
    lines = [row(cells) for cells in rows]
    tail = ["", "## Presets", "", *presets_of()]
    tail += ["", "Of the table, these are not rules:", "", *(f"- {name}: {words}." for name, words in ELSEWHERE)]
    return HEAD + "\n".join([*lines, *tail]) + "\n"
