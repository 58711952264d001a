"""A file of the dialect `workflow: {type: live_trading}`, taken over key by key."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openbell.config.dialects.live_trading import LIMITS, Translation, is_meant, translate
from openbell.config.document import parse_document
from openbell.edges.brokers.alpaca.tables import LIVE_HOST, PAPER_HOST
from openbell.run import assemble
from tests.checklist.market import FREE, LONG, Market, clock, config, deployment, rows
from tests.checklist.test_s4_risk import NEW_YORK
from tests.cli.process import Said
from tools.tree import ROOT

Caller = Callable[..., Said]
KEYS = {"ALPACA_API_KEY": "PKTEST", "ALPACA_SECRET_KEY": "secret"}
SHIPPED = ROOT / "examples" / "live-momentum" / "config" / "live_trading.yaml"
"""The sample at the path that the guide of that system names, with every control that becomes a limit."""
SOURCE = """\
data:
  source:
    type: "live"
    provider: "alpaca"
    environment: "paper"
"""
CREDENTIALS = """\
data:
  source:
    type: "live"
    provider: "alpaca"              # or "interactive_brokers", "td_ameritrade"

    # API credentials (use environment variables)
    api_credentials:
      api_key: "${ALPACA_API_KEY}"
      secret_key: "${ALPACA_SECRET_KEY}"
      base_url: "${ALPACA_BASE_URL}"  # Paper: paper-api.alpaca.markets

    # Data configuration
    real_time_data: true
    market_data_subscription: "premium"  # or "basic"
"""
SETTINGS = """\
data:
  source:
    type: "live"
    provider: "alpaca"

    api_credentials:
      api_key: "${ALPACA_API_KEY}"
      secret_key: "${ALPACA_SECRET_KEY}"

    # Environment selection
    environment: "paper"            # or "live"
    base_url: "https://paper-api.alpaca.markets"  # Paper trading

    # Alpaca-specific settings
    alpaca_settings:
      enable_crypto: false
      enable_options: false
      data_feed: "iex"              # or "sip"
"""
BASIC = """\
workflow:
  type: "live_trading"
  name: "Live Momentum Strategy"
{source}
  symbols: ["SPY", "QQQ"]
  timeframe: "1m"
  market_hours: {{start_time: "09:30", end_time: "16:00", timezone: "US/Eastern", trading_calendar: "NYSE"}}
strategies:
  - type: "momentum"
    name: "Live_Momentum"
    params: {{fast_period: 12, slow_period: 28, signal_threshold: 0.025}}
    allocation: 1.0
risk_management:
  position_size_pct: 0.02
  max_positions: 3
  max_exposure_pct: 0.06
  stop_loss_pct: 0.015
  daily_loss_limit_pct: 0.03
execution:
  order_type: "market"
  execution_delay_seconds: 30
  position_management: {{enable_partial_fills: true, timeout_seconds: 300}}
portfolio:
  initial_capital: 10000
  currency: "USD"
  cash_management: {{min_cash_pct: 0.1}}
logging: {{level: "INFO", log_trades: true, log_signals: true, log_portfolio_updates: true, output_path: "logs/live_trading/"}}
"""
ENHANCED = """\
  position_controls: {max_position_size_usd: 500, position_size_pct: 0.02, max_leverage: 1.0}
  portfolio_controls: {max_drawdown_pct: 0.10, daily_loss_limit_pct: 0.03, monthly_loss_limit_pct: 0.08}
  time_controls: {no_trading_near_close: true, close_positions_minutes: 30, max_holding_period_days: 10}
  volatility_controls: {max_symbol_volatility: 0.30, portfolio_volatility_limit: 0.15, volatility_adjustment: true}
  emergency_controls: {kill_switch: true, auto_liquidation_drawdown: 0.15, broker_connection_timeout: 60}
execution:
"""


def basic(source: str = SOURCE, **changes: str) -> str:
    """Return the document's basic file, pieces of it replaced: what stands there by what shall."""
    text = BASIC.format(source=source.rstrip())
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def replaced(old: str, new: str, source: str = SOURCE) -> Translation:
    text = basic(source)
    assert text.count(old) == 1
    return translate(parse_document(text.replace(old, new))[0], "theirs.yaml")


def made(text: str) -> Any:
    """Return what the new file says, a file without any fault."""
    found = translate(parse_document(text)[0], "theirs.yaml")
    assert found.faults == ()
    return parse_document(found.text)[0].plain()


def only(found: Translation) -> tuple[str, str]:
    """Return path and words of the one fault there is."""
    (fault,) = found.faults
    return ".".join(map(str, fault.loc)), f"{fault.what}; {fault.advice}"


def test_the_basic_file_says_the_same_in_ours() -> None:
    config = made(basic())
    assert (config["title"], config["mode"]) == ("Live Momentum Strategy", "paper")
    assert config["instruments"] == {"default": {"kind": "stock", "calendar": "NYSE"}}
    (entry,) = config["deployments"]
    assert entry == {
        "name": "Live_Momentum", "instruments": ["SPY", "QQQ"], "bars": "1m", "account": "main",
        "strategy": {"kind": "momentum", "fast_period": 12, "slow_period": 28, "signal_threshold": 0.025},
        "budget": {"capital": "10000 USD", "per_position": "2%"}, "exits": {"stop_loss": "1.5%"},
        "order": {"type": "market"},
    }  # fmt: skip
    assert config["rules"] == [
        {"kind": "max_positions", "limit": 3}, {"kind": "gross_exposure", "limit": "6%"},
        {"kind": "daily_loss", "limit": "3%"}, {"kind": "order_timeout", "after": "300s"},
        {"kind": "min_cash", "limit": "10%"}, {"kind": "confirmation", "wait": "30s", "silence": "send"},
        {"kind": "trading_hours", "hours": "09:30-16:00 US/Eastern"},
    ]  # fmt: skip
    assert config["logging"] == {
        "level": "INFO", "trades": True, "signals": True, "portfolio": True, "path": "logs/live_trading/"
    }  # fmt: skip


def test_every_one_of_the_enhanced_controls_becomes_a_limit() -> None:
    config = made(basic(**{"execution:\n": ENHANCED}))
    rules = {rule.pop("kind"): rule for rule in config["rules"]}
    assert rules["drawdown"] == {"limit": "10%", "flatten": "15%"}
    assert rules["near_close"] == {"flatten": "30m", "entries": "30m"}
    assert rules["order_notional"] == {"limit": "500 USD"}
    assert rules["disconnect"] == {"hold": "60s"}
    assert (rules["volatility_size"], rules["leverage"]) == ({}, {"limit": 1.0})
    assert {rule for _, rule, _, _ in LIMITS} <= set(rules)
    # Sizes are cut where the limit would refuse them, and what the rule shall sell before a close must not be kept.
    (entry,) = config["deployments"]
    assert entry["budget"] == {"capital": "10000 USD", "per_position": "2%", "max_position": "500 USD"}
    assert entry["overnight"] is False


def test_an_amount_of_dollars_is_none_of_another_currency() -> None:
    text = basic(**{"execution:\n": ENHANCED, 'currency: "USD"': 'currency: "EUR"'})
    path, words = only(translate(parse_document(text)[0], "theirs.yaml"))
    assert path == "risk_management.position_controls.max_position_size_usd"
    assert words.startswith("it is in USD, and the portfolio in EUR; delete it here")


def test_the_shipped_file_has_all_that_becomes_a_limit() -> None:
    names = {line.strip().partition(":")[0] for line in SHIPPED.read_text(encoding="utf-8").splitlines()}
    controls = {
        path.rpartition(".")[2] for path, *_ in LIMITS if path.startswith("risk_management.") and path.count(".") > 1
    }
    assert controls | {"max_position_size_usd", "position_size_pct", "no_trading_near_close", "kill_switch"} <= names
    rules = {rule["kind"] for rule in made(SHIPPED.read_text(encoding="utf-8"))["rules"]}
    assert {rule for path, rule, *_ in LIMITS if path.rpartition(".")[2] in controls} <= rules


@pytest.mark.parametrize(("capital", "qty"), [(10_000, 200), (24_900, 498), (25_100, 500), (100_000, 500)])
def test_both_sizes_of_a_position_hold_and_the_close_finds_nothing(tmp_path: Path, capital: int, qty: int) -> None:
    ours = made(basic(**{"execution:\n": ENHANCED, "initial_capital: 10000": f"initial_capital: {capital}"}))
    (entry,) = ours["deployments"]
    rules = {rule.pop("kind"): rule for rule in ours["rules"]}
    budget = ", ".join(f"{key}: {value}" for key, value in entry["budget"].items())
    kinds = [f"{{kind: {kind}, {', '.join(f'{key}: {value}' for key, value in rules[kind].items())}}}"
             for kind in ("order_notional", "near_close")]  # fmt: skip
    text = config(
        deployments=[deployment(budget=budget, more=f"overnight: {str(entry['overnight']).lower()}")],
        account=f"cash: {capital} USD", rules=(*FREE, *kinds), **NEW_YORK,
    )  # fmt: skip
    market = Market(tmp_path, text, rows([1, (1, LONG), *[1] * 40], start="2024-07-03 12:00"))
    assert market.run() == 0
    assert [(int(fill.qty), fill.side.value, clock(fill.time)[11:]) for fill in market.told.fills] == [
        (qty, "buy", "12:02"), (qty, "sell", "12:30")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [SHIPPED.read_text(encoding="utf-8"), basic(), basic(**{"execution:\n": ENHANCED}), basic(CREDENTIALS), basic(SETTINGS)],
    ids=["shipped", "basic", "enhanced", "credentials", "settings"],
)  # fmt: skip
def test_the_sample_at_its_path_is_taken_over_and_validates(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    for name, value in {**KEYS, "ALPACA_BASE_URL": f"https://{PAPER_HOST}"}.items():
        monkeypatch.setenv(name, value)
    sample = tmp_path / "config" / "live_trading.yaml"
    sample.parent.mkdir()
    sample.write_text(text, encoding="utf-8")
    ours = tmp_path / "ours.yaml"
    assert call("config", "import", sample, "--out", ours).out.startswith(f"wrote {ours}; next: openbell check")
    assert call("check", ours).code == 0
    assert "import overwrites nothing" in call("config", "import", sample, "--out", ours).err


def test_live_alpaca_and_paper_select_the_paper_host_and_paper_is_what_is_meant_without_a_word(tmp_path: Path) -> None:
    for source in (SOURCE, SOURCE.replace('    environment: "paper"\n', "")):
        ours = tmp_path / "ours.yaml"
        ours.write_text(translate(parse_document(basic(source))[0], "theirs.yaml").text, encoding="utf-8")
        loaded, _ = assemble.read(ours, KEYS)
        account = loaded.config.accounts["main"]
        assert (loaded.config.mode_of("main"), account.broker) == ("paper", "alpaca")
        assert account.options.url == f"https://{PAPER_HOST}"
    # Real money without an address is at the host of real money, which is named nowhere in the file.
    real = translate(parse_document(basic(SOURCE.replace('"paper"', '"live"')))[0], "theirs.yaml").text
    # Whose it is, and that it is meant, is written by hand.
    by_hand = real.replace("broker: alpaca,", "broker: alpaca, mode: live, account: '123456789',")
    ours.write_text(by_hand, encoding="utf-8")
    loaded, _ = assemble.read(ours, KEYS | {"ALPACA_API_KEY": "AKREAL"})
    assert loaded.config.mode_of("main") == "live"
    assert loaded.config.accounts["main"].options.url == f"https://{LIVE_HOST}"
    path, words = only(replaced('environment: "paper"', 'environment: "demo"'))
    assert (path, words) == ("data.source.environment", "'demo' is not known; known: paper, live")


@pytest.mark.parametrize(
    ("variable", "key"), [("MY_API_KEY", "key"), ("MY_SECRET_KEY", "secret"), ("MY_BASE_URL", "url")]
)
def test_credentials_are_those_of_the_environment_and_a_missing_one_is_named_with_its_key(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, key: str
) -> None:
    given = {"MY_API_KEY": "PKMINE", "MY_SECRET_KEY": "my secret", "MY_BASE_URL": f"https://{PAPER_HOST}"}
    theirs = basic(CREDENTIALS.replace("${ALPACA_", "${MY_"))
    ours = tmp_path / "ours.yaml"
    ours.write_text(translate(parse_document(theirs)[0], "theirs.yaml").text, encoding="utf-8")
    options = assemble.read(ours, given)[0].config.accounts["main"].options
    assert getattr(options, key) == given[variable]
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(variable)
    said = call("check", ours)
    assert said.code == 2
    assert f"accounts.main.{key}: the variable {variable} is not set" in said.err


@pytest.mark.parametrize(("subscription", "feed"), [("premium", "sip"), ("basic", "iex")])
def test_a_subscription_is_one_of_two_words_and_chooses_the_feed(subscription: str, feed: str) -> None:
    config = made(basic(f'{SOURCE}    market_data_subscription: "{subscription}"\n'))
    assert config["accounts"]["main"]["feed"] == feed
    # The page says what it does.
    page = (ROOT / "docs" / "how-to" / "configure.md").read_text(encoding="utf-8")
    assert re.search(rf"`(market_data_subscription: )?{subscription}`[^.]*\(`feed: {feed}`\)", page)
    path, words = only(replaced('"paper"', '"paper"\n    market_data_subscription: "gold"'))
    assert (path, words) == ("data.source.market_data_subscription", "'gold' is not known; known: premium, basic")


def test_feeds_that_contradict_each_other_are_refused_and_delayed_prices_are_a_feed() -> None:
    both = '"paper"\n    market_data_subscription: "premium"\n    alpaca_settings: {data_feed: "iex"}'
    assert "means the feed sip, and alpaca_settings.data_feed says iex" in only(replaced('"paper"', both))[1]
    assert made(basic(f"{SOURCE}    real_time_data: false\n"))["accounts"]["main"]["feed"] == "delayed_sip"
    assert "feed" not in made(basic(f"{SOURCE}    real_time_data: true\n"))["accounts"]["main"]


def test_S4_035_the_feed_that_is_named_is_the_one_of_the_account() -> None:
    for feed in ("iex", "sip"):
        assert made(basic(SETTINGS.replace('"iex"', f'"{feed}"')))["accounts"]["main"]["feed"] == feed
    path, words = only(replaced('data_feed: "iex"', 'data_feed: "cme"', SETTINGS))
    assert (path, words) == ("data.source.alpaca_settings.data_feed", "'cme' is not known; known: sip, iex")


@pytest.mark.parametrize("setting", ["", "    alpaca_settings: {enable_crypto: false}\n"])
def test_coins_are_refused_unless_they_are_allowed(setting: str) -> None:
    path, words = only(replaced('["SPY", "QQQ"]', '["BTC/USD"]', SOURCE + setting))
    assert path == "data.symbols"
    assert words.startswith("BTC/USD is a coin, and alpaca_settings.enable_crypto is false")
    allowed = basic(f"{SOURCE}    alpaca_settings: {{enable_crypto: true}}\n").replace('["SPY", "QQQ"]', '["BTC/USD"]')
    config = parse_document(translate(parse_document(allowed)[0], "x").text)[0].plain()
    assert config["instruments"] == {"default": {"kind": "crypto"}}


@pytest.mark.parametrize("setting", ["", "    alpaca_settings: {enable_options: false}\n"])
def test_options_are_refused_unless_they_are_allowed_and_then_as_not_traded_here(setting: str) -> None:
    path, words = only(replaced('["SPY", "QQQ"]', '["SPY240621C00500000"]', SOURCE + setting))
    assert path == "data.symbols"
    assert words.startswith("SPY240621C00500000 is an option, and alpaca_settings.enable_options is false")
    allowed = SOURCE + "    alpaca_settings: {enable_options: true}\n"
    assert "options are not traded here" in only(replaced('["SPY", "QQQ"]', '["SPY240621C00500000"]', allowed))[1]


@pytest.mark.parametrize(
    ("provider", "why"),
    [("interactive_brokers", "no adapter here"), ("td_ameritrade", "Charles Schwab"), ("robinhood", "known: alpaca")],
)
def test_other_brokers_are_refused_in_words(provider: str, why: str) -> None:
    path, words = only(replaced('provider: "alpaca"', f'provider: "{provider}"'))
    assert path == "data.source.provider"
    assert why in words


def test_the_kind_of_workflow_is_known_or_its_choices_are_listed() -> None:
    path, words = only(replaced('"live_trading"', '"paper_chase"'))
    assert (path, words) == ("workflow.type", "'paper_chase' is not known; known: live_trading")


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("max_positions: 3", "max_positions: three", "risk_management.max_positions", "three is not a number"),
        ("max_positions: 3", "max_loss: 3", "risk_management.max_loss", "has no place in a file of ours"),
        ("allocation: 1.0", "allocation: 1.5", "strategies.0.allocation", "more than the whole"),
        ('order_type: "market"', "order_type: iceberg", "execution.order_type", "known: market, limit, stop, stop_limit"),
        ('order_type: "market"', "order_type: stop", "execution.order_type", "take market here"),
        ('start_time: "09:30", ', "", "data.market_hours", "belong together"),
        ("max_positions: 3", "max_positions: 3\n  emergency_controls: {kill_switch: false}",
         "risk_management.emergency_controls.kill_switch", "cannot be taken out"),
        ("max_positions: 3", "max_positions: 3\n  portfolio_controls: {daily_loss_limit_pct: 0.02}",
         "risk_management.portfolio_controls.daily_loss_limit_pct", "another key sets rules"),
        ("max_positions: 3", "max_positions: 3\n  position_controls: {position_size_pct: 0.5}",
         "risk_management.position_controls.position_size_pct", "budget.per_position to 2%; delete one of them"),
        ('"paper"', '"paper"\n    base_url: "https://a.example"\n    api_credentials: {base_url: "https://b.example"}',
         "data.source.api_credentials.base_url", "another key sets accounts.main.url to https://a.example"),
        ("max_positions: 3", "max_positions: 3\n  time_controls: {no_trading_near_close: false, close_positions_minutes: 9}",
         "risk_management.time_controls.no_trading_near_close", "nothing may be entered"),
        ('"paper"', '"paper"\n    api_credentials: {api_key: PK123}', "data.source.api_credentials.api_key", "${NAME}"),
        ("params: {fast_period: 12, slow_period: 28, signal_threshold: 0.025}", "params: 3", "strategies.0.params", "mapping"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_refused_at_its_place(old: str, new: str, path: str, words: str) -> None:
    found = only(replaced(old, new))
    assert found[0] == path
    assert words.replace("another key sets rules", "another key sets") in found[1]


def test_no_symbols_and_no_strategies_are_errors_and_alerts_a_warning(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "theirs.yaml"
    file.write_text("workflow: {type: live_trading}\nmonitoring: {enabled: true}\n", encoding="utf-8")
    said = call("config", "import", file)
    assert said.code == 2
    assert "names no symbols" in said.err
    assert "there is none; write one: - {type: momentum, name: first}" in said.err
    assert "cannot be taken over: 2 problems" in said.err
    assert f"then: openbell config import {file}" in said.err
    file.write_text(basic() + "monitoring: {enabled: true}\n", encoding="utf-8")
    said = call("config", "import", file, "--json")
    data = json.loads(said.out)
    assert (said.code, data["left_out"]) == (0, ["monitoring"])
    assert f"{file}:32:1 monitoring: warning: watching and alerts are not taken over" in said.err
    assert {"line": 2, "path": "workflow.type", "where": "mode"} in data["placed"]
    assert parse_document(data["text"])[0].plain()["mode"] == "paper"


def test_a_file_of_ours_is_none_of_this_dialect(call: Caller, tmp_path: Path) -> None:
    assert not is_meant(parse_document("mode: sim\ndeployments: []\n")[0])
    assert is_meant(parse_document("data: {symbols: [A]}\n")[0])
    file = tmp_path / "ours.yaml"
    file.write_text("mode: sim\n", encoding="utf-8")
    assert "is no file of a system that is known here" in call("config", "import", file).err
