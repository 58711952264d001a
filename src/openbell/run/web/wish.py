"""A wish from the page becomes a configuration file, is checked, and told in words.

Nothing is started here.
"""

import re
import tempfile
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from openbell.config import plan as words
from openbell.config.brief import as_yaml, rate_for
from openbell.config.emit import digest
from openbell.config.explain import ConfigError, Problem
from openbell.config.load import load
from openbell.run import assemble
from openbell.run.modes import ModeRefused
from openbell.run.parts import PartError
from openbell.run.web.listed import Look
from openbell.schema import format_fraction

FILE = "config.yaml"
MOST_DEPTH, MOST_ALIASES = 16, 50
"""Of a text from outside: how deep it may nest, and how often it may repeat itself."""
_STAIRS, _ALIAS = re.compile(r"(?:[-?:][ \t]+){17}"), re.compile(r"(?:^|[\s\[{,:])\*\w")
_NOTHING = {"is_valid": False, "digest": "", "lines": [], "data": {}, "risk": []}
_NEAR = Decimal("0.8")
"""Share of a limit at which is warned of it."""
_HOPELESS = frozenset({"L105", "L106", "L107"})
"""Findings of the linter with which every entry is refused: nobody deploys that on purpose."""

_FIELDS = (
    ("deployments[0].strategy.kind", "strategy.kind"), ("deployments[0].strategy", "strategy.options"),
    ("deployments[0].instruments", "symbols"), ("deployments[0].bars", "timeframe"),
    ("deployments[0].budget.capital", "capital"), ("deployments[0].budget.per_position", "risk.position_size"),
    ("deployments[0].exits", "risk"), ("rules", "risk"), ("accounts.main", "account.options"), ("source", "market"),
    ("instruments", "instrument"),
    ("mode", "mode"),
)  # fmt: skip
"""Where what stands at a place of the configuration was said in the request."""


def document_of(wish: Mapping[str, Any], store: Path) -> dict[str, Any]:
    """Return the configuration that a wish means, in the file's shape.

    Args:
        wish: A `DeploymentConfig`, checked, as plain data.
        store: Folder of the recorded bars of this machine.
    """
    name, mode, capital = name_of(wish), wish["mode"], wish["capital"]
    currency = capital.rpartition(" ")[2]
    is_always_open = wish["instrument"] == "crypto" or (mode == "sim" and wish["market"]["kind"] == "synthetic")
    instrument = {"kind": wish["instrument"], "currency": currency}
    account = {"broker": wish["account"]["broker"], **wish["account"]["options"]}
    # What is there is the broker's to say; in which currency it is counted is said here.
    account = {"cash": capital, **account} if account["broker"] == "sim" else {"currency": currency, **account}
    found: dict[str, Any] = {
        "title": name,
        "mode": mode,
        "instruments": {"default": {**instrument, "calendar": "24x7"} if is_always_open else instrument},
        "accounts": {"main": {**account, "mode": "live"} if mode == "live" else account},
        "deployments": [_deployment(wish, name)],
        "rules": _rules(wish),
    }
    if mode == "sim":
        found |= _market(wish["market"], wish["timeframe"], store)
    return found


def name_of(wish: Mapping[str, Any]) -> str:
    """Return what a deployment is called."""
    return str(wish["name"] or wish["strategy"]["kind"])


def _deployment(wish: Mapping[str, Any], name: str) -> dict[str, Any]:
    risk = wish["risk"]
    exits = {key: _share(risk[key]) for key in ("stop_loss", "take_profit") if risk[key] is not None}
    made = {
        "name": name,
        "strategy": {"kind": wish["strategy"]["kind"], **wish["strategy"]["options"]},
        "instruments": list(wish["symbols"]),
        "bars": wish["timeframe"],
        "account": "main",
        "budget": {
            "capital": wish["capital"], "per_position": _share(risk["position_size"]),
            "positions": risk["max_positions"],
        },
    }  # fmt: skip
    return {**made, "exits": exits} if exits else made


def _rules(wish: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the limits asked for; the standard ones stay as they are beside them."""
    risk = wish["risk"]
    loss, size = Decimal(str(risk["daily_loss"])), Decimal(str(risk["position_size"]))
    # A position may grow a little beyond its size before the limit on positions minds.
    most = max(Decimal("0.1"), min(size * Decimal("1.25"), Decimal(1)))
    return [
        {"kind": "daily_loss", "limit": format_fraction(loss), "warn": format_fraction(loss * _NEAR)},
        {"kind": "drawdown", "limit": _share(risk["drawdown"]), "reduce": "off", "flatten": "off"},
        {"kind": "max_positions", "limit": risk["max_positions"]},
        {"kind": "max_position", "limit": format_fraction(most)},
        rate_for(len(wish["symbols"])),
    ]


def _market(market: Mapping[str, Any], timeframe: str, store: Path) -> dict[str, Any]:
    if market["kind"] == "recorded":
        source: dict[str, Any] = {"kind": "parquet", "path": str(store)}
    else:
        source = {"kind": "synthetic", "seed": market["seed"], "days": market["days"], "interval": timeframe}
    return {"source": source, "speed": f"{market['speed']}x"}


def _share(fraction: float) -> str:
    return format_fraction(Decimal(str(fraction)))


def planned(
    wish: Mapping[str, Any], store: Path, environment: Mapping[str, str], look: Look | None = None
) -> dict[str, Any]:
    """Return what a wish would be, as `edges.web.deploying.Planned` says.

    `look` compares it with what its broker lists; None leaves that to the start.
    """
    text = as_yaml(document_of(wish, store), f"{name_of(wish)}, deployed from the control room")
    made = plan_of(text, environment, look)
    problems = [_of_wish(one) for one in made["problems"]]
    return {**made, "is_valid": made["is_valid"] and all(one["is_warning"] for one in problems), "problems": problems}


def _of_wish(trouble: dict[str, Any]) -> dict[str, Any]:
    """Return a problem with the field of the request that it is about; one that leaves nothing to trade is an error."""
    is_warning = trouble["is_warning"] and trouble["code"] not in _HOPELESS
    text = trouble["text"] if is_warning else trouble["text"].replace(" warning:", "", 1)
    return {**trouble, "text": text, "is_warning": is_warning, "field": field_of(trouble["path"])}


def checked(text: str) -> dict[str, Any]:
    """Return what a configuration from outside would be; it has no variables and no vault.

    One that nests or repeats itself without end costs its reader without end: it is not read.
    """
    depth = most = 0
    for one in text:
        depth = depth + 1 if one in "[{" else max(0, depth - 1) if one in "]}" else depth
        most = max(most, depth)
    if most <= MOST_DEPTH and not _STAIRS.search(text) and len(_ALIAS.findall(text)) <= MOST_ALIASES:
        return plan_of(text, {})
    why = f"this nests more than {MOST_DEPTH} deep, or has more than {MOST_ALIASES} aliases; write it out"
    return {**_NOTHING, "config": text, "problems": [_trouble(why)]}


def plan_of(text: str, environment: Mapping[str, str], look: Look | None = None) -> dict[str, Any]:
    """Return what a configuration would be.

    Private parts are not loaded for it, whatever it names.

    Args:
        text: Of the file.
        environment: Variables that it may name, and where the vault is.
        look: What is wrong with what brokers list of it; None to leave that to the start.
    """
    found = assemble.shelves(None)
    nothing = {**_NOTHING, "config": text}
    with tempfile.TemporaryDirectory(prefix="openbell-plan-") as folder:
        file = Path(folder) / FILE
        file.write_text(text, encoding="utf-8")
        try:
            read = load(file, assemble.catalog(found, environment), environment)
            prepared = assemble.prepare(read, found)
            unlike = look(prepared, lambda known: assemble.prepare(read, found, known=known)) if look else []
        except ConfigError as error:
            return {**nothing, "problems": _troubles(error.problems)}
        except (ModeRefused, PartError, ValueError) as error:
            return {**nothing, "problems": [_trouble(str(line)) for line in str(error).splitlines()]}
    loaded = prepared.loaded
    made = words.plan(loaded)
    # What is worth a second look stands among the problems, where the file has its own name; the score by itself.
    lines = [line for line in made.lines if not line.startswith("Warning: ") and line not in made.risk]
    problems = _troubles(loaded.warnings)
    problems += [_trouble(told, path, is_warning=is_warning) for path, told, is_warning in unlike]
    return {
        "is_valid": all(one["is_warning"] for one in problems), "config": text, "digest": digest(loaded),
        "lines": lines, "data": made.data, "risk": made.data["risk"], "problems": problems,
    }  # fmt: skip


def _troubles(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return problems as data; the file that they were found in is gone when they are read."""
    return [
        {"code": str(one.code), "path": one.path, "line": one.line, "column": one.column,
         "text": replace(one, file=FILE).text(), "is_warning": one.is_warning, "field": ""}
        for one in problems
    ]  # fmt: skip


def _trouble(text: str, path: str = "", *, is_warning: bool = False) -> dict[str, Any]:
    return {"code": "", "path": path, "line": 0, "column": 0, "text": text, "is_warning": is_warning, "field": ""}


def field_of(path: str) -> str:
    """Return where a request said what stands at a path of the configuration, or empty."""
    return next((field for start, field in _FIELDS if path.startswith(start)), "")
