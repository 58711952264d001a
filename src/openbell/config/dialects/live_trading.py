"""The dialect of files that say `workflow: {type: live_trading}`."""

import re
from decimal import Decimal
from typing import Any

import msgspec

from openbell.config.dialects import keys as k
from openbell.config.dialects.keys import Keys, Placed, Unfit
from openbell.config.dialects.writing import write
from openbell.config.document import Tree
from openbell.config.explain import Fault

ADVICE = "delete the key, or write what you want into the new file: openbell config schema shows what there is"
PROVIDERS = {
    "alpaca": "",
    "interactive_brokers": "Interactive Brokers has no adapter here",
    "td_ameritrade": "TD Ameritrade closed its interface when it went to Charles Schwab, for which there is no adapter",
}
FEEDS = {"premium": "sip", "basic": "iex"}
"""What a subscription of the vendor's prices is called: all exchanges, or one of them."""
_OPTION = re.compile(r"[A-Z]{1,6}\d{6}[CP]\d{8}")
_SOURCE, _RISK, _ALPACA = "data.source", "risk_management", "data.source.alpaca_settings"

Row = tuple[str, str, str, k.Form]
"""A key below `risk_management`, `execution` or `portfolio`, and the rule, option and form that it becomes."""
LIMITS: tuple[Row, ...] = (
    ("risk_management.max_positions", "max_positions", "limit", k.count),
    ("risk_management.max_exposure_pct", "gross_exposure", "limit", k.share),
    ("risk_management.daily_loss_limit_pct", "daily_loss", "limit", k.share),
    ("risk_management.position_controls.max_leverage", "leverage", "limit", k.number),
    ("risk_management.portfolio_controls.max_drawdown_pct", "drawdown", "limit", k.share),
    ("risk_management.portfolio_controls.daily_loss_limit_pct", "daily_loss", "limit", k.share),
    ("risk_management.portfolio_controls.monthly_loss_limit_pct", "monthly_loss", "limit", k.share),
    ("risk_management.time_controls.close_positions_minutes", "near_close", "flatten", k.span("m")),
    ("risk_management.time_controls.max_holding_period_days", "holding_period", "days", k.count),
    ("risk_management.volatility_controls.max_symbol_volatility", "symbol_volatility", "limit", k.share),
    ("risk_management.volatility_controls.portfolio_volatility_limit", "portfolio_volatility", "limit", k.share),
    ("risk_management.emergency_controls.auto_liquidation_drawdown", "drawdown", "flatten", k.share),
    ("risk_management.emergency_controls.broker_connection_timeout", "disconnect", "hold", k.span("s")),
    ("execution.position_management.timeout_seconds", "order_timeout", "after", k.span("s")),
    ("portfolio.cash_management.min_cash_pct", "min_cash", "limit", k.share),
)
LOGS = (
    ("level", "level", k.text), ("log_trades", "trades", k.flag), ("log_signals", "signals", k.flag),
    ("log_portfolio_updates", "portfolio", k.flag), ("output_path", "path", k.text),
)  # fmt: skip


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file.

    Attributes:
        text: The new file. placed: Keys taken over. faults: What was refused, and what was left out as warnings.
    """

    text: str
    placed: tuple[Placed, ...]
    faults: tuple[Fault, ...]


def is_meant(root: Tree) -> bool:
    """Return True if a document is of this dialect."""
    return bool({"workflow", "strategies", "risk_management", "portfolio"} & set(root.value)) or (
        root.child("data") is not None and "deployments" not in root.value
    )


def translate(root: Tree, name: str) -> Translation:
    """Return a document of this dialect, the file `name`, as one of ours. Pure."""
    keys = Keys(root)
    config: dict[str, Any] = {"title": _workflow(keys)}
    account, config["mode"] = _account(keys)
    symbols = _symbols(keys)
    currency = keys.take("portfolio.currency", k.text, "accounts.main.cash") or "USD"
    capital = keys.take("portfolio.initial_capital", k.number, "deployments[].budget.capital") or Decimal(10_000)
    config["accounts"] = {"main": account | {"cash": f"{capital:f} {currency}"}}
    config["instruments"] = {"default": _market(keys, symbols)}
    most = _most(keys, currency)
    config["deployments"] = _deployments(keys, symbols, (capital, currency, most))
    config["rules"] = [{"kind": kind, **options} for kind, options in _rules(keys, most).items()]
    if keys.has("logging"):
        config["logging"] = _logs(keys)
    keys.leave("monitoring", "watching and alerts are not taken over", "write alerts: by docs/how-to/alerts.md")
    keys.refuse_rest(ADVICE)
    ordered = {key: value for key, value in config.items() if value}
    return Translation(text=write(ordered, keys.placed, name), placed=tuple(keys.placed), faults=tuple(keys.faults))


def _workflow(keys: Keys) -> str:
    keys.take("workflow.type", k.one_of({"live_trading": "live_trading"}), "mode")
    return keys.take("workflow.name", k.text, "title") or ""


def _account(keys: Keys) -> tuple[dict[str, Any], str]:
    """Return the account's options and the mode: paper unless the file says live."""

    def provider(tree: Tree) -> str:
        word = k.one_of({one: one for one in PROVIDERS})(tree)
        if PROVIDERS[word]:
            raise Unfit(PROVIDERS[word], "known brokers: openbell check on broker: lists them")
        return str(word)

    where = "accounts.main"
    keys.take(f"{_SOURCE}.type", k.one_of({"live": "live"}), "mode")
    mode = keys.take(f"{_SOURCE}.environment", k.one_of({"paper": "paper", "live": "live"}), "mode") or "paper"
    found: dict[str, Any] = {"broker": keys.take(f"{_SOURCE}.provider", provider, f"{where}.broker") or "alpaca"}
    for key, option, usual in (
        ("api_key", "key", "${ALPACA_API_KEY}"),
        ("secret_key", "secret", "${ALPACA_SECRET_KEY}"),
    ):
        found[option] = keys.take(f"{_SOURCE}.api_credentials.{key}", k.secret, f"{where}.{option}") or usual
    if address := _agreed(keys, (f"{_SOURCE}.base_url", f"{_SOURCE}.api_credentials.base_url"), k.text, f"{where}.url"):
        found["url"] = address
    feed = _feed(keys)
    return found | ({"feed": feed} if feed else {}), mode


def _agreed(keys: Keys, paths: tuple[str, ...], form: k.Form, where: str) -> Any:
    """Return what keys say that mean the same thing, None where none is there; a contradiction is refused."""
    found = None
    for path in paths:
        value = keys.take(path, form, where)
        if found is not None and value not in (None, found):
            keys.refuse(path, f"another key sets {where} to {found}", "delete one of them")
        found = value if found is None else found
    return found


def _feed(keys: Keys) -> str:
    """Return whose prices are meant, empty where nothing says so; two keys that contradict each other are refused."""
    named = keys.take(f"{_ALPACA}.data_feed", k.one_of({one: one for one in FEEDS.values()}), "accounts.main.feed")
    path = f"{_SOURCE}.market_data_subscription"
    bought = keys.take(path, k.one_of(FEEDS), "accounts.main.feed")
    is_real_time = keys.take(f"{_SOURCE}.real_time_data", k.flag, "accounts.main.feed")
    if named and bought and named != bought:
        keys.refuse(
            path, f"it means the feed {bought}, and alpaca_settings.data_feed says {named}", "delete one of them"
        )
    if is_real_time is False:
        return "delayed_sip"
    return named or bought or ""


def _symbols(keys: Keys) -> list[str]:
    """Return what is traded; coins and options only where the file allows them."""
    coins = keys.take(f"{_ALPACA}.enable_crypto", k.flag, "instruments") or False
    options = keys.take(f"{_ALPACA}.enable_options", k.flag, "instruments") or False

    def allowed(tree: Tree) -> list[str]:
        found = k.names(tree)
        for symbol in found:
            if "/" in symbol and not coins:
                raise Unfit(
                    f"{symbol} is a coin, and alpaca_settings.enable_crypto is false", "allow it or take it out"
                )
            if _OPTION.fullmatch(symbol):
                why = "options are not traded here" if options else "alpaca_settings.enable_options is false"
                raise Unfit(f"{symbol} is an option, and {why}", "take it out")
        return found

    if not keys.has("data.symbols"):
        keys.refuse("data", "names no symbols", "write symbols: [SPY, QQQ] below data:")
    return keys.take("data.symbols", allowed, "deployments[].instruments") or []


def _market(keys: Keys, symbols: list[str]) -> dict[str, Any]:
    if any("/" in symbol for symbol in symbols):
        return {"kind": "crypto"}
    calendar = keys.take("data.market_hours.trading_calendar", k.text, "instruments.default.calendar")
    return {"kind": "stock"} | ({"calendar": calendar} if calendar else {})


def _deployments(keys: Keys, symbols: list[str], money: tuple[Decimal, str, str]) -> list[dict[str, Any]]:
    """Return one deployment for each strategy, with its part of the money and what is said of all positions.

    `money` is the capital, its currency, and what one position may be worth at most, empty where nothing says so.
    """
    capital, currency, most = money
    shared: dict[str, Any] = {
        "bars": keys.take("data.timeframe", k.text, "deployments[].bars") or "1m",
        "account": "main",
    }
    paths = (f"{_RISK}.position_size_pct", f"{_RISK}.position_controls.position_size_pct")
    part = _agreed(keys, paths, k.share, "deployments[].budget.per_position")
    limits = ({"per_position": part} if part else {}) | ({"max_position": most} if most else {})
    stop = keys.take(f"{_RISK}.stop_loss_pct", k.share, "deployments[].exits.stop_loss")
    if keys.has(f"{_RISK}.time_controls.close_positions_minutes"):
        # The rule says when; it sells what a deployment must not hold over a close.
        shared["overnight"] = False
    order = _order(keys)
    found = []
    for place in range(keys.size("strategies")):
        path = f"strategies.{place}"
        kind = keys.take(f"{path}.type", k.text, "deployments[].strategy.kind") or "momentum"
        name = keys.take(f"{path}.name", k.text, "deployments[].name") or f"{kind}_{place + 1}"
        options = keys.take(f"{path}.params", _options, "deployments[].strategy") or {}
        allotted = keys.take(f"{path}.allocation", _allocation, "deployments[].budget.capital")
        budget = {"capital": f"{(capital * (allotted or 1)).normalize():f} {currency}"}
        one: dict[str, Any] = {"name": name, "strategy": {"kind": kind, **options}, "instruments": symbols, **shared}
        one["budget"] = budget | limits
        found.append(one | ({"exits": {"stop_loss": stop}} if stop else {}) | ({"order": order} if order else {}))
    if not found:
        keys.refuse("strategies", "there is none", "write one: - {type: momentum, name: first}")
    return found


def _options(tree: Tree) -> dict[str, Any]:
    if not isinstance(tree.value, dict):
        raise Unfit("options are a mapping, such as {fast_period: 12}")
    plain: dict[str, Any] = tree.plain()
    numbers = {name: Decimal(one.raw) for name, one in tree.value.items() if type(one.value) in (int, float)}
    return plain | numbers


def _allocation(tree: Tree) -> Decimal:
    value = k.number(tree)
    if value > 1:
        raise Unfit(f"{tree.raw} is more than the whole", "a share of the capital is meant, 1.0 at most")
    return value


def _order(keys: Keys) -> dict[str, Any]:
    kind = keys.take("execution.order_type", _entered, "deployments[].order.type")
    partial = keys.take("execution.position_management.enable_partial_fills", k.flag, "deployments[].order.tif")
    return ({"type": kind} if kind else {}) | ({"tif": "fok"} if partial is False else {})


def _entered(tree: Tree) -> str:
    kind = k.one_of({one: one for one in ("market", "limit", "stop", "stop_limit")})(tree)
    if kind.startswith("stop"):
        advice = "take market here, and write order: {type: stop, offset: 0.1%} into the new file"
        raise Unfit("how far from the price a stop stands is not said in such a file", advice)
    return str(kind)


def _most(keys: Keys, currency: str) -> str:
    """Return what one position may be worth: sizes are cut there, and a limit refuses what nothing cut."""
    path = f"{_RISK}.position_controls.max_position_size_usd"
    most = keys.take(path, k.number, "deployments[].budget.max_position and rules.order_notional.limit")
    if most and currency != "USD":
        what = f"it is in USD, and the portfolio in {currency}"
        keys.refuse(path, what, "delete it here, and write max_position: under budget: in the new file")
    return f"{most:f} {currency}" if most else ""


def _rules(keys: Keys, most: str) -> dict[str, dict[str, Any]]:
    """Return options by rule, in the order of the file's sections; `most` is the worth of one position."""
    found: dict[str, dict[str, Any]] = {}
    for path, rule, option, form in LIMITS:
        value = keys.take(path, form, f"rules.{rule}.{option}")
        if value is None:
            continue
        known = found.setdefault(rule, {})
        if known.get(option, value) != value:
            keys.refuse(path, f"another key sets {rule}.{option} to {known[option]}", "delete one of them")
        known[option] = value
    if most:
        found["order_notional"] = {"limit": most}
    if wait := keys.take("execution.execution_delay_seconds", k.span("s"), "rules.confirmation.wait"):
        found["confirmation"] = {"wait": wait, "silence": "send"}
    if keys.take(f"{_RISK}.volatility_controls.volatility_adjustment", k.flag, "rules.volatility_size"):
        found["volatility_size"] = {}
    if "near_close" in found:
        found["near_close"]["entries"] = found["near_close"]["flatten"]
    _switches(keys, found)
    if hours := _hours(keys):
        found["trading_hours"] = {"hours": hours}
    return found


def _switches(keys: Keys, found: dict[str, dict[str, Any]]) -> None:
    """Take what can only be on: near the close nothing is entered, and the kill switch is always there."""
    path = f"{_RISK}.time_controls.no_trading_near_close"
    near = keys.take(path, k.flag, "rules.near_close")
    if near:
        found.setdefault("near_close", {})
    elif near is False and "near_close" in found:
        keys.refuse(path, "close_positions_minutes closes positions then, and nothing may be entered beside it")
    path = f"{_RISK}.emergency_controls.kill_switch"
    if keys.take(path, k.flag, "openbell kill, which is always there") is False:
        keys.refuse(path, "the kill switch cannot be taken out", "delete the key")


def _hours(keys: Keys) -> str:
    path, where = "data.market_hours", "rules.trading_hours.hours"
    begin, end, zone = (keys.take(f"{path}.{one}", k.text, where) for one in ("start_time", "end_time", "timezone"))
    if not any((begin, end, zone)):
        return ""
    if not all((begin, end, zone)):
        keys.refuse(path, "start_time, end_time and timezone belong together", "write all three or none")
        return ""
    return f"{begin}-{end} {zone}"


def _logs(keys: Keys) -> dict[str, Any]:
    found = {option: keys.take(f"logging.{key}", form, f"logging.{option}") for key, option, form in LOGS}
    return {option: value for option, value in found.items() if value is not None}
