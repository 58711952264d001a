"""What contradicts what: checks that need more than one place of the file.

`references` works on plain data, so that a wrong name is told together with every other error; `values` needs a
valid configuration.
"""

from collections.abc import Iterator
from typing import Any

from openbell.config.catalog import Catalog
from openbell.config.choose import Part
from openbell.config.deployment import Deployment
from openbell.config.explain import C, Fault, Loc, known_text, nearest
from openbell.config.model import Account, Configuration
from openbell.config.rules import NONE, Off, Rules, effective_rules
from openbell.config.signals import unheard
from openbell.schema import Amount, format_amount


def references(data: dict[str, Any]) -> list[Fault]:
    """Return every name that is used twice or leads nowhere; tolerates any data."""
    accounts = data.get("accounts")
    rows = data.get("deployments")
    deployments = [(i, d) for i, d in enumerate(rows if isinstance(rows, list) else []) if isinstance(d, dict)]
    names = [*accounts] if isinstance(accounts, dict) else []
    faults = []
    seen: dict[str, int] = {}
    for i, deployment in deployments:
        account, name = deployment.get("account"), deployment.get("name")
        if names and isinstance(account, str) and account not in names:
            what, meant = f"there is no account {account!r}", nearest(account, names)
            loc = ("deployments", i, "account")
            faults.append(Fault(loc=loc, code=C.UNKNOWN_NAME, what=what, meant=meant, advice=known_text(names)))
        if isinstance(name, str) and name in seen:
            what = f"{name!r} is already the name of deployments[{seen[name]}]"
            faults.append(Fault(loc=("deployments", i, "name"), code=C.CONTRADICTION, what=what, advice="rename one"))
        elif isinstance(name, str):
            seen[name] = i
        faults += _twice(deployment.get("instruments"), ("deployments", i, "instruments"))
    return [*faults, *unheard(data)]


def _twice(symbols: object, loc: Loc) -> list[Fault]:
    if not isinstance(symbols, list):
        return []
    found = [(i, s) for i, s in enumerate(symbols) if isinstance(s, str) and s in symbols[:i]]
    return [
        Fault(loc=(*loc, i), code=C.CONTRADICTION, what=f"{symbol} stands twice in the list", advice="delete one")
        for i, symbol in found
    ]


def values(config: Configuration, catalog: Catalog) -> list[Fault]:
    """Return what contradicts what in a configuration whose single values are all valid."""
    faults: list[Fault] = []
    for name, account in config.accounts.items():
        faults += _account(config, name, account)
    for i, deployment in enumerate(config.deployments):
        faults += _deployment(config, deployment, ("deployments", i))
    return [*faults, *_rules(config, catalog)]


def _account(config: Configuration, name: str, account: Account) -> Iterator[Fault]:
    loc: Loc = ("accounts", name)
    mode = config.mode_of(name)
    if config.mode == "live" and account.mode is None:
        what = "the file is live, and live is not inherited"
        yield Fault(loc=loc, code=C.CONTRADICTION, what=what, advice="write mode: live or mode: sim here", is_key=True)
    elif mode in ("paper", "live") and account.broker == "sim":
        what = f"the sim broker is the embedded exchange and has no {mode} account"
        advice = "choose another broker, or mode: sim"
        yield Fault(loc=(*loc, "broker"), code=C.CONTRADICTION, what=what, advice=advice)
    misfit = getattr(account.options, "misfit", None)
    why = misfit(mode) if misfit is not None and mode != "sim" else ""
    if why:
        yield Fault(loc=loc, code=C.CONTRADICTION, what=f"{why} (the mode is {mode})", is_key=True)
    if mode in ("sim", "dry_run") and not account.cash:
        advice = "add for example cash: 100000 USD"
        yield Fault(loc=(*loc, "cash"), code=C.MISSING, what="is missing", advice=advice, is_key=True)
    elif not account.base and account.broker != "sim":
        advice = "add for example currency: USD"
        yield Fault(loc=(*loc, "currency"), code=C.MISSING, what="is missing", advice=advice, is_key=True)
    if account.cash and account.base not in [amount.currency for amount in account.cash]:
        what = f"no cash is in the base currency {account.base}"
        yield Fault(loc=(*loc, "currency"), code=C.CONTRADICTION, what=what, advice=f"add 0 {account.base} to cash")


def _deployment(config: Configuration, deployment: Deployment, loc: Loc) -> Iterator[Fault]:
    exits, size = deployment.exits, deployment.size
    account = config.accounts.get(deployment.account)
    base = account.base if account is not None else ""
    for amount, place in _money(deployment):
        if base and amount.currency != base:
            what = f"{format_amount(amount)} is not in the account's base currency {base}"
            yield Fault(loc=(*loc, *place), code=C.CONTRADICTION, what=what)
    if size is not None and size.risk is not None and exits.stop_loss is None and exits.stop_atr is None:
        advice = "add exits: {stop_loss: 2%} or stop_atr"
        what = "a size by risk needs the distance of a stop"
        yield Fault(loc=(*loc, "size", "risk"), code=C.CONTRADICTION, what=what, advice=advice)


def _money(deployment: Deployment) -> Iterator[tuple[Amount, Loc]]:
    yield deployment.budget.capital, ("budget", "capital")
    for key in ("max_position", "daily_loss"):
        if getattr(deployment.budget, key) is not None:
            yield getattr(deployment.budget, key), ("budget", key)
    if deployment.size is not None and deployment.size.notional is not None:
        yield deployment.size.notional, ("size", "notional")


def _rules(config: Configuration, catalog: Catalog) -> Iterator[Fault]:
    rules = config.rules
    listed = {entry.kind for entry in rules.entries if isinstance(entry, Part)}
    usual = {*catalog.standard_rules, *catalog.presets.get(rules.preset, {})}
    for entry, place in zip(rules.entries, rules.places, strict=True):
        loc: Loc = ("rules", *place)
        if isinstance(entry, Off) and entry.kind in listed:
            what = f"{entry.kind} is both switched off and given options"
            yield Fault(loc=loc, code=C.CONTRADICTION, what=what, advice="delete one of the two")
        elif isinstance(entry, Off) and (rules.preset == NONE or entry.kind not in usual):
            why = "off by preset: none" if rules.preset == NONE else "no standard rule and off without this"
            yield Fault(loc=loc, code=C.UNREACHABLE, what=f"{entry.kind} is {why}", is_warning=True)
    for part in effective_rules(rules, catalog)[0]:
        yield from _money_of_rule(config, part)
    live = [name for name in config.accounts if config.mode_of(name) == "live"]
    if live:
        yield from _live_rules(rules, catalog, live[0])


def _money_of_rule(config: Configuration, part: Part) -> Iterator[Fault]:
    """Yield each amount of a rule that an account would read in another currency."""
    place = config.rules.place(part)
    for key, value in part.options:
        others = [name for name, account in config.accounts.items() if account.base not in ("", _currency(value))]
        if isinstance(value, Amount) and others:
            what = f"{format_amount(value)} of {part.kind} is not in the base currency of account {others[0]}"
            loc: Loc = ("rules", "preset") if place is None else ("rules", *place, key)
            advice = f"write {key} of {part.kind} as a share of equity, such as 5%"
            yield Fault(loc=loc, code=C.CONTRADICTION, what=what, advice=advice)


def _currency(value: object) -> str:
    return value.currency if isinstance(value, Amount) else ""


def _live_rules(rules: Rules, catalog: Catalog, account: str) -> Iterator[Fault]:
    """Yield each rule without which no account may trade real money, and which is off."""
    _, off = effective_rules(rules, catalog)
    for kind in catalog.live_rules:
        if kind not in off:
            continue
        place = next((p for e, p in zip(rules.entries, rules.places, strict=True) if e.kind == kind), ("preset",))
        what = f"{kind} is {off[kind]}, and account {account} trades real money, which needs it"
        advice = f"delete this, or write {kind}: {{}} for its defaults; or choose mode: paper"
        yield Fault(loc=("rules", *place), code=C.CONTRADICTION, what=what, advice=advice)
