"""The run in words before it runs: where orders go, what is at stake, what is off."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from openbell.config import score
from openbell.config.alerts import Alerts
from openbell.config.choose import Part
from openbell.config.deployment import Deployment, EntryOrder
from openbell.config.explain import as_data
from openbell.config.ladder import in_words
from openbell.config.linter import figures
from openbell.config.linter.figures import CENT, cents, grouped
from openbell.config.load import Loaded
from openbell.config.signals import Signals
from openbell.core.types import DAY_NS, NS, ZERO, Rounding, div
from openbell.schema import Amount, format_amount, format_fraction, format_span

BYTES_PER_BAR = 220
"""Size of one bar's record in the journal, measured; orders and fills come on top."""
BYTES_PER_QUOTE = 120
"""Size of one quote's record, measured; one a second is kept of an instrument."""
_MB = 1_000_000
_WHERE = {
    "dry_run": "Orders are planned and written down, and sent nowhere.",
    "sim": "Orders go to the embedded simulated exchange; no real money.",
    "paper": "Orders go to the broker's paper account; no real money.",
    "live": "Orders go to the broker and move REAL MONEY.",
}


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What only parts and edges know, handed in by `run.assemble`; all may be absent.

    Attributes:
        source: What the source was found to hold, in words.
        bars_per_day: Bars of one instrument a day, by deployment; else a day of 24 hours is assumed.
        is_synthetic: True when the market data are invented.
        turnover: What usually trades of a symbol in a day, in the base currency of the account that trades it.
    """

    source: str = ""
    bars_per_day: Mapping[str, int] = {}
    is_synthetic: bool = False
    turnover: Mapping[str, Decimal] = {}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The plan: `lines` for people, `data` for `--json`; money is text.

    `risk` holds those lines that are the risk scores.
    """

    lines: tuple[str, ...]
    risk: frozenset[str]
    data: dict[str, Any]

    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)


class _Stake(msgspec.Struct, frozen=True, kw_only=True):
    """What one deployment can hold and lose. Money in the account's base currency, None where prices decide.

    `count` is the number of positions at once, `position` the value of a full one, `stop` its distance as a fraction.
    """

    count: int
    position: Decimal | None
    words: str
    stop: Decimal | None
    loss: Decimal | None
    formula: str


def plan(loaded: Loaded, facts: Facts | None = None) -> Plan:
    """Return what a run of `loaded` will do, in words and as data. Pure."""
    config, facts = loaded.config, facts or Facts()
    accounts = [_account(loaded, name) for name in config.accounts]
    deployments = [_deployment(loaded, deployment) for deployment in config.deployments]
    rules = _rules(loaded)
    losses = [_worst_loss(loaded, name) for name in config.accounts]
    disk, kill = _disk(loaded, facts), in_words(config.kill)
    risks = score.scores(loaded, facts.turnover)
    risk = [line for one in risks for line in one.lines()]
    notes = [problem.text() for problem in loaded.warnings]
    alerts = [
        {"channel": name, "kind": channel.kind, "level": channel.level} for name, channel in config.alerts.named.items()
    ]
    sections = (
        {"mode": config.mode, "line": f"Mode {config.mode}. {_WHERE[config.mode]}"}, _source(loaded, facts), *accounts,
        *deployments, *rules, kill, *losses, *({"line": line} for line in risk), disk,
        *_signals(config.signals), _alerts(config.alerts),
        *({"line": f"Warning: {note}"} for note in notes),
    )  # fmt: skip
    sections += tuple({"line": f"Deployment {name}: disabled, it does not run."} for name in loaded.disabled)
    lines = [line for section in sections for line in str(section["line"]).splitlines()]
    data = {
        "title": config.title,
        "mode": config.mode,
        "orders": _WHERE[config.mode],
        "source": _bare(_source(loaded, facts)),
        "accounts": [_bare(account) for account in accounts],
        "deployments": [_bare(deployment) for deployment in deployments],
        "disabled": list(loaded.disabled),
        "rules": [_bare(rule) for rule in rules],
        "kill": _bare(kill),
        "worst_loss_a_day": [_bare(loss) for loss in losses],
        "risk": score.as_rows(risks),
        "disk_bytes_a_day": disk["bytes"],
        "signals": [_bare(one) for one in _signals(config.signals)],
        "alerts": alerts,
        "alerts_delivered": config.alerts.is_on,
        "warnings": as_data(loaded.warnings),
    }
    head = [f"Plan of {config.title}"] if config.title else []
    return Plan(lines=(*head, *lines), risk=frozenset(risk), data=data)


def _bare(section: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in section.items() if key != "line"}


def _source(loaded: Loaded, facts: Facts) -> dict[str, Any]:
    source, speed = loaded.config.source, loaded.config.speed
    pace = "as fast as possible" if speed == "max" else f"at {speed} the clock"
    words = facts.source or (_part(source, loaded.masked.get("source")) if source else "chosen on the command line")
    label = "SYNTHETIC market data (invented prices)" if facts.is_synthetic else "Market data"
    kind = source.kind if source else None
    line = f"{label}: {words}, taken {pace}."
    return {"kind": kind, "speed": speed, "is_synthetic": facts.is_synthetic, "line": line}


def _part(part: Part, masked: Any) -> str:
    """Return a part and its options in words; the masked form is shown, which knows what is secret."""
    given = masked.items() if isinstance(masked, dict) else ()
    options = {key: value for key, value in given if key != "kind" and value != {}}
    inside = ", ".join(f"{key} {_value(value)}" for key, value in options.items())
    return f"{part.kind} ({inside})" if inside else part.kind


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else "none" if value is None else str(value)


def _account(loaded: Loaded, name: str) -> dict[str, Any]:
    account, mode = loaded.config.accounts[name], loaded.config.mode_of(name)
    cash = [format_amount(amount) for amount in account.cash]
    other = f" Its mode is {mode}: {_WHERE[mode]}" if mode != loaded.config.mode else ""
    words = " and ".join(grouped(amount) for amount in account.cash) or "as the broker reports it"
    netting = ", opposite deployments allowed" if account.netting else ""
    line = f"Account {name}: broker {account.broker}, cash {words}, leverage {account.leverage:f}{netting}.{other}"
    return {
        "name": name, "broker": account.broker, "mode": mode, "currency": account.base, "cash": cash,
        "leverage": f"{account.leverage:f}", "netting": account.netting, "line": line,
    }  # fmt: skip


def _deployment(loaded: Loaded, deployment: Deployment) -> dict[str, Any]:
    budget, stake = deployment.budget, _stake(deployment)
    i = loaded.config.deployments.index(deployment)
    strategy = _part(deployment.strategy, loaded.masked["deployments"][i]["strategy"])
    sides = "long and short" if deployment.short else "long only"
    symbols = ", ".join(deployment.instruments)
    allowed = f" ({budget.positions} allowed)" if budget.positions and budget.positions > stake.count else ""
    exits = ", ".join(_exits(deployment)) or "none"
    order = f"{deployment.order.type} orders, {deployment.order.tif}{_beyond(deployment.order)}"
    line = (
        f"Deployment {deployment.name}: {strategy} on {symbols}, bars of {format_span(deployment.bars)}, {sides}, "
        f"account {deployment.account}, entries by {order}.\n"
        f"  Capital {grouped(budget.capital)}; a full position is {stake.words}; "
        f"at most {stake.count} at once{allowed}.\n"
        f"  Exits: {exits}."
    )
    if deployment.every is not None:
        line += f"\n  Asked every {format_span(deployment.every)}, also with a bar that has not closed."
    if deployment.warmup:
        line += f"\n  Nothing is wanted before {deployment.warmup} bars have been seen."
    if deployment.max_age is not None:
        line += f"\n  Data: entries are refused while bars are older than {format_span(deployment.max_age)}."
    if not deployment.overnight:
        line += "\n  Nothing is held over a real close of the market."
    value = None if stake.position is None else format_amount(Amount(stake.position, budget.capital.currency))
    return {
        "name": deployment.name, "strategy": strategy, "instruments": list(deployment.instruments),
        "bars": format_span(deployment.bars), "account": deployment.account,
        "capital": format_amount(budget.capital), "full_position": value, "positions": stake.count,
        "exits": _exits(deployment), "short": deployment.short, "line": line,
        "overnight": deployment.overnight, "warmup": deployment.warmup,
        "every": None if deployment.every is None else format_span(deployment.every),
        "max_age": None if deployment.max_age is None else format_span(deployment.max_age),
    }  # fmt: skip


def _beyond(order: EntryOrder) -> str:
    """Return where a stop stands, empty for other orders."""
    words = f", {format_fraction(order.offset)} beyond the close decided on" if order.offset else ""
    return words + (f", filled up to {format_fraction(order.slack)} beyond that" if order.slack else "")


def _exits(deployment: Deployment) -> list[str]:
    exits = deployment.exits
    found = []
    if exits.stop_loss is not None:
        found.append(f"stop loss at {format_fraction(exits.stop_loss)}")
    if exits.stop_atr is not None:
        found.append(f"stop at {exits.stop_atr:f} average true ranges of {exits.atr_period} bars")
    if exits.take_profit is not None:
        found.append(f"take profit at {format_fraction(exits.take_profit)}")
    trail = exits.trailing
    if trail is not None and trail.fraction is not None:
        found.append(f"trailing stop at {format_fraction(trail.fraction)}")
    if trail is not None and trail.amount is not None:
        found.append(f"trailing stop at {grouped(trail.amount)} a unit")
    if trail is not None and trail.atr is not None:
        found.append(f"trailing stop at {trail.atr:f} average true ranges of {exits.atr_period} bars")
    return found


def _stake(deployment: Deployment) -> _Stake:
    budget, size, stop = deployment.budget, deployment.size, figures.stop(deployment)
    capital, currency = budget.capital
    count = figures.count(deployment)
    position: Decimal | None = None
    if size is None or size.weight is not None:
        share = budget.per_position if size is None or size.weight is None else size.weight
        position = cents(capital * share)
        words = f"{grouped(Amount(position, currency))} ({format_fraction(share)} of capital)"
    elif size.notional is not None:
        position = size.notional.value
        words = grouped(size.notional)
    elif size.quantity is not None:
        words = f"{size.quantity:f} units, at whatever they cost"
    else:
        risk = size.risk or ZERO
        loss = cents(capital * risk)
        position = None if stop is None else div(loss, stop, CENT, Rounding.HALF_EVEN)
        value = "" if position is None else f", {grouped(Amount(position, currency))}"
        words = f"what loses {grouped(Amount(loss, currency))} at the stop ({format_fraction(risk)} of capital{value})"
        formula = f"{count} positions x {grouped(Amount(loss, currency))} at risk"
        return _Stake(count=count, position=position, words=words, stop=stop, loss=count * loss, formula=formula)
    if position is None or stop is None:
        return _Stake(count=count, position=position, words=words, stop=stop, loss=None, formula="")
    formula = f"{count} positions x {grouped(Amount(position, currency))} x {format_fraction(stop)} stop"
    loss = cents(count * position * stop)
    return _Stake(count=count, position=position, words=words, stop=stop, loss=loss, formula=formula)


def _rules(loaded: Loaded) -> list[dict[str, Any]]:
    found = []
    for rule, options in zip(loaded.rules, loaded.options, strict=True):
        words, why = _part(rule, options), loaded.lacking.get(rule.kind, "")
        state = f"in force, although {why}" if why else "in force"
        line = f"Rule {words}: {state}."
        found.append({"kind": rule.kind, "rule": words, "is_on": True, "why": why, "line": line})
    if not found:
        found = [{"kind": "", "rule": "", "is_on": False, "why": "no rules", "line": "Rules: NONE is in force."}]
    lines = dict.fromkeys(loaded.rules_off.values())
    for why in lines:
        kinds = [kind for kind, reason in loaded.rules_off.items() if reason == why]
        for kind in kinds:
            line = f"OFF, {why}: {', '.join(kinds)}." if kind == kinds[0] else ""
            found.append({"kind": kind, "rule": kind, "is_on": False, "why": why, "line": line})
    return found


def rules_in_brief(loaded: Loaded) -> list[str]:
    """Return which rules are in force and which are not, for a run's banner.

    There is one line for each reason.
    """
    names = ", ".join(dict.fromkeys(rule.kind for rule in loaded.rules)) or "NONE"
    lacking = [f"{kind} is in force, although {why}" for kind, why in loaded.lacking.items()]
    off = (line for stated in _rules(loaded) if not stated["is_on"] and stated["kind"] and (line := stated["line"]))
    return [f"rules in force: {names}", *lacking, *off]


def _limit(rule: Part) -> Amount | Decimal | None:
    """Return the option `limit` of a rule where it is money or a share."""
    limit = getattr(rule.options, "limit", None)
    return limit if isinstance(limit, Amount | Decimal) else None


def _worst_loss(loaded: Loaded, name: str) -> dict[str, Any]:
    """Return what bounds the loss of one account in a day: its daily limit, else the stops, else nothing."""
    base = loaded.config.accounts[name].base
    limits = list(_daily_limits(loaded, name))
    stakes = [_stake(deployment) for deployment in loaded.config.deployments if deployment.account == name]
    losses = [stake.loss for stake in stakes if stake.loss is not None]
    head = f"Worst loss a day, account {name}:"
    if not stakes:
        return {"account": name, "loss": "0", "formula": "nothing trades", "line": f"{head} none, nothing trades."}
    if limits:
        loss, formula = min(limits)
        beyond = "gaps and slippage can add to it"
    elif len(losses) == len(stakes):
        loss, formula = sum(losses, ZERO), " + ".join(stake.formula for stake in stakes)
        beyond = "each stopped once; entering again, gaps and slippage add to it"
    else:
        why = "no daily loss limit in force, and a deployment whose stop or size is not known in advance"
        return {"account": name, "loss": None, "formula": why, "line": f"{head} NOT BOUNDED, {why}."}
    amount = Amount(loss, base)
    line = f"{head} about {grouped(amount)} = {formula}; {beyond}."
    return {"account": name, "loss": format_amount(amount), "formula": formula, "line": line}


def _daily_limits(loaded: Loaded, name: str) -> Iterator[tuple[Decimal, str]]:
    """Yield the loss at which each daily limit stops an account, with its formula."""
    equity = Amount(figures.equity(loaded.config, name), loaded.config.accounts[name].base)
    for rule in loaded.rules:
        limit = _limit(rule)
        if rule.kind != "daily_loss" or limit is None:
            continue
        if isinstance(limit, Amount):
            yield limit.value, f"daily_loss {grouped(limit)}"
        elif equity.value:
            yield cents(limit * equity.value), f"daily_loss {format_fraction(limit)} x {grouped(equity)} of equity"


def _disk(loaded: Loaded, facts: Facts) -> dict[str, Any]:
    bars, quoted = 0, dict[tuple[str, str], int]()
    for deployment in loaded.config.deployments:
        a_day = facts.bars_per_day.get(deployment.name, max(DAY_NS // deployment.bars, 1))
        bars += a_day * len(deployment.instruments)
        if getattr(loaded.config.accounts[deployment.account].options, "quotes", False):
            seconds = a_day * deployment.bars // NS
            keys = [(deployment.account, symbol) for symbol in deployment.instruments]
            quoted |= {key: max(seconds, quoted.get(key, 0)) for key in keys}
    quotes = sum(quoted.values())
    size = bars * BYTES_PER_BAR + quotes * BYTES_PER_QUOTE
    words = f"{size / _MB:,.1f} MB" if size >= _MB else f"{size / 1000:,.0f} kB"
    assumed = "" if facts.bars_per_day else ", a day of 24 hours assumed"
    told = f" + {quotes} quotes x {BYTES_PER_QUOTE} bytes" if quotes else ""
    line = f"Disk: about {words} a day ({bars} bars x {BYTES_PER_BAR} bytes{told}{assumed}), orders and fills on top."
    return {"bytes": size, "line": line}


def _signals(signals: Signals | None) -> Iterator[dict[str, Any]]:
    """Yield who may set the targets of which deployment from outside."""
    if signals is None:
        return
    for name, one in signals.sources.items():
        where = f"http://127.0.0.1:{signals.port}/signals/{name}"
        yield {
            "deployment": name, "address": where, "max_age": format_span(one.max_age), "pace": one.pace,
            "line": f"Signals: whoever has the secret of {name} sets its targets at {where}; "
            f"each holds {format_span(one.max_age)}, at most {one.pace} a minute.",
        }  # fmt: skip


def _alerts(alerts: Alerts) -> dict[str, Any]:
    named = [f"{name} ({channel.kind}, {channel.level} and above)" for name, channel in alerts.named.items()]
    if not named:
        line = "Alerts: stored in the journal and shown; nobody is told."
        return {"line": line}
    if not alerts.enabled:
        return {"line": f"Alerts: switched off; nothing goes to {', '.join(alerts.named)}."}
    return {"line": f"Alerts: sent by a process beside the run to {', '.join(named)}."}
