"""Keys of the file, their defaults and forms."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from openbell.config.alerts import Alerts
from openbell.config.deployment import EntryOrder, Exits, Trail
from openbell.config.model import Instruments
from openbell.core.types import Tif
from openbell.schema import Amount
from tests.config.fake import GOOD, errors, read, swap

SMALL = """\
accounts: {main: {broker: sim, cash: 1000 USD}}
deployments:
  - name: a
    strategy: {kind: ema_cross}
    instruments: [SPY]
    bars: 1m
    account: main
    budget: {capital: 1000 USD}
"""


def test_defaults(tmp_path: Path) -> None:
    config = read(tmp_path, SMALL).config
    deployment, account = config.deployments[0], config.accounts["main"]
    assert (config.mode, config.title, config.speed, config.source, config.pace) == ("sim", "", "max", None, None)
    assert (config.calendars, config.instruments, config.alerts) == ({}, Instruments(), Alerts())
    assert (account.leverage, account.mode, account.netting, account.base) == (Decimal(1), None, False, "USD")
    assert (deployment.budget.per_position, deployment.budget.positions) == (Decimal("0.02"), None)
    assert (deployment.size, deployment.exits, deployment.short) == (None, Exits(), False)
    assert deployment.order == EntryOrder(type="market", tif=Tif.GTC)


@pytest.mark.parametrize(
    ("written", "speed", "pace"),
    [("max", "max", None), ("1x", "1x", Decimal(1)), ("60X", "60x", Decimal(60)), ("0.5x", "0.5x", Decimal("0.5"))],
)
def test_speed(written: str, speed: str, pace: Decimal | None, tmp_path: Path) -> None:
    config = read(tmp_path, f"speed: {written}\n{SMALL}").config
    assert (config.speed, config.pace) == (speed, pace)


@pytest.mark.parametrize(
    ("written", "trail"),
    [
        ("2%", Trail(fraction=Decimal("0.02"))),
        ("0.02", Trail(fraction=Decimal("0.02"))),
        ("1.50 USD", Trail(amount=Amount(Decimal("1.50"), "USD"))),
        ("{atr: 3}", Trail(atr=Decimal(3))),
    ],
)
def test_forms_of_a_trailing_stop(written: str, trail: Trail, tmp_path: Path) -> None:
    loaded = read(tmp_path, swap(("take_profit: 5%", f"trailing: {written}")))
    assert loaded.config.deployments[0].exits.trailing == trail
    again = json.loads(json.dumps(loaded.masked["deployments"][0]["exits"]["trailing"]))
    assert again == {"2%": "2%", "0.02": "2%", "1.50 USD": "1.5 USD", "{atr: 3}": {"atr": "3"}}[written]


def test_cash_in_several_currencies(tmp_path: Path) -> None:
    account = read(tmp_path, swap(("cash: 100000 USD", "cash: [100000 USD, 0.5 BTC]"))).config.accounts["main"]
    assert account.cash == (Amount(Decimal(100000), "USD"), Amount(Decimal("0.5"), "BTC"))
    assert account.base == "USD"


def test_broker_options_stand_beside_the_accounts_own(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap(("broker: sim,", "broker: sim, venue: {latency: 3ms},")))
    assert loaded.config.accounts["main"].options.model_dump(mode="json")["venue"]["latency"] == "3ms"
    assert loaded.masked["accounts"]["main"]["venue"]["latency"] == "3ms"


def test_instruments_of_a_file_a_default_and_by_symbol(tmp_path: Path) -> None:
    text = swap(("mode: sim", "instruments: {file: i.yaml, default: {lot: 0.001}, SPY: {lot: 10}}"))
    loaded = read(tmp_path, text)
    instruments = loaded.config.instruments
    assert instruments.file == "i.yaml"
    assert instruments.default is not None
    assert list(instruments.symbols) == ["SPY"]
    assert loaded.masked["instruments"] == {
        "file": "i.yaml", "default": {"lot": "0.001", "calendar": "24x7"}, "SPY": {"lot": "10", "calendar": "24x7"},
    }  # fmt: skip


def test_mode_of_an_account(tmp_path: Path) -> None:
    text = swap(("broker: sim, cash", "broker: alpaca, account_no: a, mode: paper, cash"))
    config = read(tmp_path, text).config
    assert config.mode_of("main") == "paper"
    assert read(tmp_path, GOOD).config.mode_of("main") == "sim"


def test_live_counts_only_where_the_account_says_it(tmp_path: Path) -> None:
    text = swap(("mode: sim", "mode: live"), ("broker: sim, cash", "broker: alpaca, account_no: a, mode: live, cash"))
    assert read(tmp_path, text).config.mode_of("main") == "live"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ([("mode: sim", "speed: fast")], "c.yaml:1:8 speed: 'fast' is not a speed; write max, 1x or 60x [C106]"),
        ([("mode: sim", "speed: -2x")], "c.yaml:1:8 speed: '-2x' is not a speed; write 2x or max [C106]"),
        (
            [("mode: sim", "instruments: [SPY]")],
            "c.yaml:1:14 instruments: a list is not a mapping; write symbols to their options [C105]",
        ),
        (
            [("mode: sim", "instruments: {file: 3}")],
            "c.yaml:1:21 instruments.file: 3 is not the path of a file [C105]",
        ),
        (
            [("{broker: sim, cash: 100000 USD}", "sim")],
            ("c.yaml:4:9 accounts.main: 'sim' is not a mapping; write keys to values, such as "
            "{broker: sim, cash: 100000 USD} [C105]"),
        ),
        (
            [("broker: sim, ", "")],
            "c.yaml:4:3 accounts.main.broker: is missing; write broker: NAME of a broker, known: alpaca, sim [C104]",
        ),
        ([("bars: 1m", "bars: [1m]")], ("c.yaml:9:11 deployments[0].bars: a list is not a length of time; "
         "write for example 30s, 5m, 1h or 1d [C106]")),
    ],
)  # fmt: skip
def test_sections_of_the_wrong_form(changes: list[tuple[str, str]], line: str, tmp_path: Path) -> None:
    assert errors(tmp_path, swap(*changes)) == [line]
