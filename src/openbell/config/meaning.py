"""What a program's settings mean: the file that says the same."""

import re
from decimal import Decimal
from typing import Any

from openbell.config.brief import Brief, BriefError, check_brief, document_of, rate_for
from openbell.config.happenings import LEVELS
from openbell.config.program import (
    LiveTradingConfig,
    MonitoringConfig,
    NotAvailable,
    RiskConfig,
    StrategyConfig,
    TradingMode,
    kind_of,
)
from openbell.config.starter import PAIRS
from openbell.core.types import NS, Rounding, div
from openbell.schema import PartConfig, format_decimal, format_span, parse_span

_TIMEFRAME = re.compile(r"^([MHD])([1-9][0-9]*)$")
_UNIT = {"M": "m", "H": "h", "D": "d"}
_USUAL_NS = 300 * NS
"""How long an entry works unfilled where no file says otherwise."""
_CURRENCIES = {"AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "NZD", "SEK", "NOK", "USD"}


def document_of_program(config: LiveTradingConfig) -> dict[str, Any]:
    """Return the configuration that a program means, in the file's shape.

    Raises:
        NotAvailable: It asks for what this version cannot do. ValueError: An account number or ticker is wrong.
    """
    _refuse(config)
    enabled = [strategy for strategy in config.strategies if strategy.enabled]
    if config.strategies and not enabled:
        raise ValueError("strategies: every one is disabled; enable one")
    made = _of_strategies(config, enabled) if enabled else _of_tickers(config)
    made["rules"] = [*made["rules"], *_hours(config, made)]
    return {**made, **_alerts(config), "monitor": _monitor(config.monitoring), "speed": config.speed}


_SERVICES: dict[str, dict[str, Any]] = {
    "email": {"user": "${EMAIL_USER}", "password": "${EMAIL_PASSWORD}", "to": ["${EMAIL_TO}"]},
    "telegram": {"token": "${TELEGRAM_BOT_TOKEN}", "chats": ["${TELEGRAM_CHAT_ID}"]},
    "sms": {
        "sid": "${TWILIO_SID}", "token": "${TWILIO_TOKEN}", "sender": "${TWILIO_SENDER}", "to": ["${TWILIO_TO}"],
    },
}  # fmt: skip
"""Where each service gets its address and its keys: from the environment, so that no program holds them."""


def _alerts(config: LiveTradingConfig) -> dict[str, Any]:
    """Return who is told of what, nothing where nobody is.

    Raises:
        ValueError: Levels leave one out between the least and the gravest.
    """
    terms = config.notifications
    if not (config.enable_notifications and terms.enabled and terms.services):
        return {}
    levels = [level for level in LEVELS if level.upper() in terms.notification_levels]
    if not levels or levels != list(LEVELS[LEVELS.index(levels[0]) :]):
        raise ValueError("notifications.notification_levels: name the least level that is told, and all above it")
    classes = {
        "signal": terms.trade_notifications, "order": terms.trade_notifications, "position": terms.trade_notifications,
        "error": terms.error_notifications, "performance": terms.performance_notifications,
        "system": terms.system_notifications,
    }  # fmt: skip
    off = {kind: "off" for kind, is_told in classes.items() if not is_told}
    own = {"level": levels[0], **({"kinds": off} if off else {})}
    return {"alerts": [{"kind": service, **_SERVICES[service], **own} for service in terms.services]}


def _monitor(terms: MonitoringConfig) -> dict[str, Any]:
    spans = {
        "health": terms.health_check_interval, "figures": terms.performance_update_interval,
        "positions": terms.position_update_interval,
    }  # fmt: skip
    uses = {"cpu": terms.max_cpu_usage, "memory": terms.max_memory_usage, "disk": terms.max_disk_usage}
    return {**{key: _seconds(value) for key, value in spans.items()}, **{key: _percent(v) for key, v in uses.items()}}


def _seconds(value: Decimal) -> str:
    return format_span(parse_span(f"{format_decimal(value)}s"))


def _hours(config: LiveTradingConfig, made: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rule that says when entries are allowed, none where the sessions alone say it."""
    plan, hours = config.schedule, ""
    start, end = config.trading_start_hour, config.trading_end_hour
    if plan.trading_hours and (start, end) != (9, 16):
        raise ValueError("schedule.trading_hours and trading_start_hour both say when to trade; keep one of them")
    if plan.trading_hours and plan.enabled:
        hours = f"{plan.trading_hours} {plan.timezone}"
    elif (start, end) != (9, 16):
        hours = f"{start:02}:00-{end:02}:00 America/New_York"
    is_open_always = any(one.get("kind") == "crypto" for one in made["instruments"].values())
    keeps_week = plan.enabled and not plan.weekend_trading and is_open_always
    if not hours and not keeps_week:
        return []
    return [{"kind": "trading_hours", **({"hours": hours} if hours else {}), "weekends": not keeps_week}]


_UNABLE = {
    "execution.max_deviation": "only a terminal of MetaTrader knows a deviation, and there is no connection to one",
    "execution.retry_attempts": "an order is never sent twice; what is not answered is asked after",
    "execution.retry_delay": "an order is never sent twice; what is not answered is asked after",
    "execution.execution_timeout": "the simulated exchange always answers",
    "monitoring.connection_check_interval": "there is no connection to check",
}
"""Settings that may only have their default here, and why."""


def _refuse(config: LiveTradingConfig) -> None:
    for path, why in _UNABLE.items():
        name, _, key = path.rpartition(".")
        group: PartConfig = getattr(config, name) if name else config
        wanted, usual = getattr(group, key), type(group).model_fields[key].get_default(call_default_factory=True)
        if wanted != usual:
            raise NotAvailable(f"{path} = {wanted!r}: not available in this version: {why}")


def _of_tickers(config: LiveTradingConfig) -> dict[str, Any]:
    brief = Brief(
        account=config.kis_account_no,
        mode=config.mode.value,
        tickers=tuple(config.tickers),
        interval_s=config.decision_interval_seconds,
        max_positions=config.max_positions,
        max_position_size=config.max_position_size_usd,
        max_daily_trades=config.max_daily_trades,
        max_daily_loss=config.max_daily_loss.scaleb(-2),
        confirm=config.execution.confirm_trades or (None if config.require_confirmation else False),
        cash=config.cash,
    )
    try:
        check_brief(brief)
    except BriefError as error:
        names = {"account": "kis_account_no", "interval_s": "decision_interval_seconds"}
        raise ValueError(f"{names.get(error.field, error.field)}: {error.what}; {error.advice}") from None
    return document_of(brief)


def _of_strategies(config: LiveTradingConfig, strategies: list[StrategyConfig]) -> dict[str, Any]:
    risk, symbols = config.risk, [symbol for strategy in strategies for symbol in strategy.symbols]
    intervals = {_heard(strategy) for strategy in strategies}
    capital = div(config.cash, Decimal(len(strategies)), Decimal(1), Rounding.FLOOR)
    if len(intervals) > 1 and config.data is None:
        raise NotAvailable("strategies of different timeframes need recorded data: an invented market has one length")
    rules: list[dict[str, Any]] = [
        {"kind": "daily_loss", "limit": _percent(config.max_daily_loss), "release": "manual"},
        {"max_position": "off"},
        {"kind": "max_positions", "limit": min(risk.max_total_positions, _at_once(risk, strategies))},
        # Stops lie at true ranges, which this rule cannot foresee: what moves together is bounded by its worth.
        {"kind": "correlation", "above": _percent(risk.max_correlation.scaleb(2)), "limit": "100%"},
        {"kind": "max_per_instrument", "limit": risk.max_positions_per_symbol},
        {"kind": "trade_risk", "limit": _percent(risk.max_risk_per_trade * max(s.risk_level.size for s in strategies))},
        rate_for(len(symbols)),
        {"kind": "slippage", "warn_ticks": _points(config.execution.max_slippage)},
        # Sizes follow from the stop: a position may be worth a strategy's whole capital.
        *({kind: "off"} for kind in ("order_notional", "concentration", "portfolio_risk", "min_cash")),
        *_patience(config, strategies),
    ]  # fmt: skip
    if config.execution.confirm_trades or (config.mode is TradingMode.LIVE and config.require_confirmation):
        rules.append({"kind": "confirmation", "typed_above": "100%"})
    kinds = {symbol: {"kind": _kind_of_symbol(symbol)} for symbol in symbols}
    if not config.schedule.enabled:
        kinds = {symbol: {**kind, "calendar": "24x7"} for symbol, kind in kinds.items()}
    document: dict[str, Any] = {
        "mode": config.mode.value,
        "title": config.account_name or "Live trading",
        "source": _market(symbols, format_span(min(_heard(strategy) for strategy in strategies))),
        "instruments": kinds,
        "accounts": {"main": {"broker": "sim", "cash": _usd(config.cash)}},
        "deployments": [
            *(_deployment(config, strategy, capital) for strategy in strategies),
            *({**_deployment(config, s, capital), "enabled": False} for s in config.strategies if not s.enabled),
        ],
        "rules": rules,
    }
    if config.schedule.market_holidays and config.schedule.enabled and not config.schedule.holiday_trading:
        names = {"fx": "fx", "stock": "NYSE", "crypto": "24x7"}
        closed = {"closed": list(config.schedule.market_holidays)}
        document["calendars"] = {names[kind["kind"]]: closed for kind in kinds.values()}
    return document


def _patience(config: LiveTradingConfig, strategies: list[StrategyConfig]) -> list[dict[str, Any]]:
    """Return how long a limit entry works where the usual time would end before any bar could fill it."""
    longest = max(map(_heard, strategies))
    if config.execution.use_market_orders or longest <= _USUAL_NS:
        return []
    return [{"kind": "order_timeout", "after": format_span(longest)}]


def _points(value: Decimal) -> int:
    """Return a number of points, which are ticks here.

    Raises:
        ValueError: It is no whole number.
    """
    if value % 1:
        raise ValueError(f"execution.max_slippage: {value} is no whole number of points")
    return int(value)


def _at_once(risk: RiskConfig, strategies: list[StrategyConfig]) -> int:
    """Return how many positions may be held so that all stops together lose no more than the portfolio's risk."""
    each = max(strategy.risk_level.size for strategy in strategies) * risk.max_risk_per_trade
    count = int(div(risk.max_portfolio_risk, each, Decimal(1), Rounding.FLOOR))
    if count < 1:
        raise ValueError(f"risk.max_portfolio_risk: {risk.max_portfolio_risk} % is less than one trade risks, {each} %")
    return count


def _market(symbols: list[str], interval: str) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": "synthetic", "interval": interval}
    pairs = {symbol: PAIRS.get(symbol, "1") for symbol in symbols if _kind_of_symbol(symbol) == "fx"}
    return {**made, "volatility": "9%", "prices": pairs} if pairs else made


def _deployment(config: LiveTradingConfig, strategy: StrategyConfig, capital: Decimal) -> dict[str, Any]:
    risk, known = config.risk, ("timeframe", "bars", "update_interval")
    budget: dict[str, Any] = {"capital": _usd(capital)}
    if strategy.max_positions is not None:
        budget["positions"] = strategy.max_positions
    if strategy.max_daily_trades is not None:
        budget["daily_trades"] = strategy.max_daily_trades
    if strategy.max_daily_loss is not None:
        budget["daily_loss"] = _usd(strategy.max_daily_loss)
    if strategy.max_drawdown is not None:
        budget["drawdown"] = _percent(strategy.max_drawdown)
    exits: dict[str, Any] = {"stop_atr": format_decimal(risk.stop_loss_atr_multiplier)}
    if risk.trailing_stop_enabled:
        exits["trailing"] = {"atr": format_decimal(risk.trailing_stop_atr_multiplier)}
    options = {key: value for key, value in strategy.parameters.items() if key not in known}
    made: dict[str, Any] = {
        "name": kind_of(strategy.name),
        "strategy": {"kind": kind_of(strategy.name), **options},
        "instruments": list(strategy.symbols),
        "bars": _timeframe(strategy),
        **_pace(strategy),
        "account": "main",
        "short": True,
        "budget": budget,
        "size": {"risk": _percent(risk.max_risk_per_trade * strategy.risk_level.size)},
        "exits": exits,
    }
    return made if config.execution.use_market_orders else {**made, "order": {"type": "limit"}}


def _timeframe(strategy: StrategyConfig) -> str:
    text = str(strategy.parameters.get("timeframe", "M5"))
    match = _TIMEFRAME.match(text)
    return f"{match[2]}{_UNIT[match[1]]}" if match else text


def _heard(strategy: StrategyConfig) -> int:
    """Return the length of the bars that a strategy takes from the market, ns."""
    return parse_span(_pace(strategy).get("every", _timeframe(strategy)))


def _pace(strategy: StrategyConfig) -> dict[str, Any]:
    """Return how many bars a strategy has to have seen, and how often it is asked.

    Raises:
        ValueError: The one is no count, or the other does not go into its bars.
    """
    made: dict[str, Any] = {}
    bars, seconds = strategy.parameters.get("bars", 0), strategy.parameters.get("update_interval")
    if not isinstance(bars, int) or isinstance(bars, bool) or bars < 0:
        raise ValueError(
            f"parameters of {strategy.name}: bars: {bars!r} is not a number of bars; write for example 300"
        )
    if bars:
        made["warmup"] = bars
    if seconds is None:
        return made
    try:
        asked = parse_span(f"{seconds}s")
    except ValueError:
        asked = 0
    own = parse_span(_timeframe(strategy))
    if not asked or own % asked:
        what = f"update_interval: {seconds!r} s do not go into bars of {_timeframe(strategy)} a whole number of times"
        raise ValueError(f"parameters of {strategy.name}: {what}; give a part of them, or a longer timeframe")
    return made if asked == own else {**made, "every": format_span(asked)}


def _kind_of_symbol(symbol: str) -> str:
    if symbol.endswith(("USDT", "USDC")) or symbol in ("BTCUSD", "ETHUSD"):
        return "crypto"
    return "fx" if len(symbol) == 6 and {symbol[:3], symbol[3:]} <= _CURRENCIES else "stock"


def _percent(value: Decimal) -> str:
    return f"{format_decimal(value)}%"


def _usd(value: Decimal) -> str:
    return f"{format_decimal(value)} USD"
