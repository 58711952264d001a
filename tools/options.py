"""Write the page of everything that a configuration file may say, from the models that check it."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openbell.config import alerts, deployment, ladder, logs, model, monitor, operations, signals
from openbell.edges.brokers import sim
from openbell.edges.calendars import overrides
from openbell.edges.instruments.load import Band
from openbell.edges.instruments.load import Config as Instrument
from openbell.run.assemble import shelves
from openbell.schema import PartConfig
from tools.events import meanings
from tools.table import row

HEAD = """# Options

Everything that a configuration file may say, written by `make docs` from the models that check it. `openbell config
schema` prints the same for editors, `openbell config show FILE` every value in force with where it is from. Units are
written out: `2%`, `10000 USD`, `30s`. A rule's options, with what each rule is for, stand in [risk](risk.md) too.
"""
FILE = (
    ("The file", model.Configuration),
    ("instruments: SYMBOL", Instrument),
    ("instruments: SYMBOL: tick", Band),
    ("calendars: NAME", overrides.Config),
    ("calendars: NAME: extra", overrides.ExtraSession),
    ("accounts: NAME", model.Account),
    ("accounts: NAME: fees", sim.Fees),
    ("deployments", deployment.Deployment),
    ("deployments: budget", deployment.Budget),
    ("deployments: size", deployment.Size),
    ("deployments: exits", deployment.Exits),
    ("deployments: order", deployment.EntryOrder),
    ("kill", ladder.KillTerms),
    ("kill: guardian", ladder.Patience),
    ("signals", signals.Signals),
    ("signals: sources", signals.Source),
    ("monitor", monitor.MonitorTerms),
    ("monitor: expected", monitor.Expected),
    ("operations", operations.OperationsTerms),
    ("operations: pre_market", operations.PreMarket),
    ("operations: market_open", operations.MarketOpen),
    ("operations: intraday", operations.Intraday),
    ("operations: market_close", operations.MarketClose),
    ("operations: post_market", operations.PostMarket),
    ("operations: weekly_review", operations.WeeklyReview),
    ("operations: parameter_review", operations.ParameterReview),
    ("operations: parameter_review: bounds", operations.Bounds),
    ("logging", logs.Logging),
    ("alerts", alerts.Alerts),
    ("alerts: channels", alerts.Channel),
    ("alerts: escalate", alerts.Escalate),
    ("alerts: summary", alerts.Summary),
    ("alerts: weekly", alerts.Weekly),
    ("alerts: monthly", alerts.Monthly),
    ("alerts: dead_man", alerts.DeadMan),
)
"""Heading and model of each place of the file, in the order of the file."""


def options_page(root: Path) -> str:
    """Return the page of all options of the file and of every part that it can name."""
    lines = [HEAD]
    for title, one in FILE:
        lines += _section(f"## {title}", one)
    shelf = shelves(None)
    kinds = (("Sources", shelf.feeds), ("Brokers", shelf.brokers), ("Strategies", shelf.strategies),
             ("Rules", shelf.rules), ("Channels of alerts", shelf.channels))  # fmt: skip
    for title, parts in kinds:
        lines += [f"## {title}", ""]
        for kind in parts:
            lines += _section(f"### {kind}", parts[kind], (inspect.getdoc(parts.module(kind)) or "").partition("\n")[0])
    return "\n".join(lines).rstrip() + "\n"


def _section(head: str, options: type[PartConfig], about: str = "") -> list[str]:
    text, _, _ = (inspect.getdoc(options) or "").partition("\nAttributes:")
    words = [about, " ".join(text.split())] if text.strip() not in ("Options.", "No options.", "") else [about]
    rows = list(_rows(options))
    table = ["| option | default | may be | meaning |", "|---|---|---|---|", *rows] if rows else ["No options."]
    return [head, "", *[line for word in words if word for line in (word, "")], *table, ""]


def _rows(options: type[PartConfig]) -> Iterator[str]:
    told = meanings(inspect.getdoc(options) or "", tuple(options.model_fields))
    schema = options.model_json_schema()
    # As a file writes them: `1h`, not nanoseconds.
    defaults = options.model_construct().model_dump(mode="json", warnings=False)
    for name, field in options.model_fields.items():
        entry = schema.get("properties", {}).get(name, {})
        default = "**needed**" if field.is_required() else _shown(defaults.get(name))
        cells = (f"`{name}`", default, _bounds(entry, schema), told.get(name, ""))
        yield row(cells)


def _shown(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict):
        told = ", ".join(f"`{key}: {_written(one)}`" for key, one in value.items() if one is not None)
        # What is longer has a table of its own.
        return told if len(told) <= LONGEST else "as below"
    return f"`{_written(value)}`"


LONGEST = 120
"""Characters of a default that stands in one cell."""


def _written(value: object) -> str:
    """Return a value as a file writes it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_written(one)}' for key, one in value.items())}}}"
    return str(value).lower() if isinstance(value, bool) else str(value)


SIGNS = (("minimum", "at least"), ("exclusiveMinimum", "above"), ("maximum", "at most"), ("exclusiveMaximum", "below"))


def _bounds(entry: dict[str, Any], schema: dict[str, Any]) -> str:
    """Return what values a field may have, in words; nothing where any of its sort will do."""
    forms = [_followed(form, schema) for form in entry.get("anyOf", [entry]) if form.get("type") != "null"]
    words = [str(one) for form in forms for one in form.get("enum", [form["const"]] if "const" in form else [])]
    if words:
        return ", ".join(f"`{word}`" for word in words)
    # What may be written as text with its unit, too, has the bounds of that unit.
    plain = forms if len(forms) == 1 else []
    bounds = [f"{sign} {form[word]:g}" for form in plain for word, sign in SIGNS if word in form]
    examples = [str(one) for one in entry.get("examples", [e for form in forms for e in form.get("examples", [])])]
    return "; ".join([*bounds, *([f"such as {', '.join(f'`{one}`' for one in examples)}"] if examples else [])])


def _followed(form: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = form.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema.get("$defs", {}).get(name, form)
    return found
