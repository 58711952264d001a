"""`openbell doctor`."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from openbell.cli.doctor import KINDS
from tests.cli.process import Said
from tests.config.linter.cases import QUIET, swap
from tests.edges.alerts.fakes import front

Caller = Callable[..., Said]


def test_the_machine_alone_needs_no_file(call: Caller) -> None:
    said = call("doctor")
    assert said.code == 0
    assert [line.split(":")[0][6:] for line in said.out.splitlines()[:-1]] == ["python", "machine", "disk", "clock"]
    assert said.out.splitlines()[-1].endswith(" 0 fail")


def test_quick_says_that_the_account_is_connected_and_the_exit_code_follows(call: Caller, config: Path) -> None:
    said = call("doctor", "quick", config)
    assert said.code == 0
    assert "ok    account main: connected: the simulated exchange, in this process" in said.out
    text = (
        config.read_text(encoding="utf-8")
        .replace("title: Small", "mode: paper")
        .replace("broker: sim", "broker: plain")
    )
    lines = [line for line in text.splitlines() if not line.startswith(("source", "speed"))]
    config.write_text("\n".join(lines).replace("plain,", 'plain, url: "ws://127.0.0.1:9/v1",'), encoding="utf-8")
    down = call("doctor", "quick", config)
    assert down.code == 1
    (line,) = [line for line in down.out.splitlines() if line.startswith("fail  account main: ")]
    assert line.startswith("fail  account main: failed: plain at ws://127.0.0.1:9/v1: ClientConnectorError: ")
    assert line.endswith("; start the venue, or correct accounts.main in the file")


def test_quick_has_a_line_for_each_part_of_being_ready(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(swap(QUIET, "positions: 3", "positions: 3, max_position: 1000 USD"), encoding="utf-8")
    found = {one["part"]: one["level"] for one in call("doctor", "quick", file, "--json").data["checks"]}
    wanted = {
        "secrets": "ok", "sizes": "ok", "buying power of main": "ok", "rules": "ok", "losses": "warn", "alerts": "warn",
        "emergency stop": "warn", "operations": "warn", "account main": "ok",
    }  # fmt: skip
    assert {part: found[part] for part in wanted} == wanted


def test_each_line_has_its_remedy_for_machines_too(call: Caller, config: Path) -> None:
    data = call("doctor", "quick", config, "--json").data
    assert data["worst"] == "warn"
    assert all(set(check) == {"part", "level", "told", "fix"} for check in data["checks"])
    assert all(bool(check["fix"]) == (check["level"] != "ok") for check in data["checks"])


def test_a_wrong_file_is_a_line_and_not_the_end(call: Caller, config: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace("fast: 12", "fsat: 12"), encoding="utf-8")
    said = call("doctor", "full", config)
    assert said.code == 1
    assert f"fail  file: {config}:9:33 deployments[0].strategy.fsat: unknown key, did you mean fast?" in said.out
    assert "ok    python" in said.out


def test_data_fails_where_the_bars_are_not_there(call: Caller, config: Path) -> None:
    assert "ok    bars of AURA: 2,880 bars, 0 of 2,880 missing" in call("doctor", "data", config).out
    config.write_text(config.read_text(encoding="utf-8").replace("bars: 1m", "bars: 5m"), encoding="utf-8")
    said = call("doctor", "data", config)
    assert said.code == 1
    assert "fail  feed: cross: no 5m bars of AURA in the source (it has 1m)" in said.out


def test_signals_prints_a_line_for_each_strategy_and_says_why_there_is_none(call: Caller, config: Path) -> None:
    text = config.read_text(encoding="utf-8").replace("capital: 10000", "capital: 3000")
    head, first, rest = text.partition("  - name: cross")
    entry, rules, below = rest.partition("rules:")
    strategy = "{kind: ema_cross, fast: 12, slow: 26}"
    assert strategy in entry
    others = {"calm": "{kind: vwap, band: 50%}", "young": "{kind: ema_cross, fast: 12, slow: 9000}"}
    more = "".join(f"  - name: {name}{entry.replace(strategy, kind)}" for name, kind in others.items())
    config.write_text(head + first + entry + more + rules + below, encoding="utf-8")
    said = call("doctor", "signals", config)
    assert (said.code, "bars of AURA" in said.out) == (0, False)
    found = [line for line in said.out.splitlines() if " signal " in line]
    for line, words in zip(
        found,
        (
            r"ok    signal cross on AURA: target -?1, S\d+ \w+; of 2,880 bars: .*S010 cross_up \d+.*",
            r"ok    signal calm on AURA: target 0, S001 no_signal; of 2,880 bars: S001 no_signal 2,8\d\d, .*",
            r"warn  signal young on AURA: target none yet, S002 warming_up; .*; shorten the periods of ema_cross.*",
        ),
        strict=True,
    ):
        assert re.fullmatch(words, line), line


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        ("none", 0, "ok    bars of AURA: 40 bars, 0 of 40 missing inside sessions, in order"),
        ("gap", 1, "fail  bars of AURA: 39 bars, 1 of 40 missing inside sessions; openbell data verify tells where"),
        ("high", 1, "fail  bars of AURA: 1 bars whose high or low is not the highest or lowest; openbell data verify"),
        ("low", 1, "fail  bars of AURA: 1 bars whose high or low is not the highest or lowest; openbell data verify"),
        ("old", 1, "fail  bars of AURA: 40 bars, 0 of 40 missing inside sessions; the last is "),
        ("order", 0, "warn  feed: bars.csv, AURA: rows were not in the order of time; sorted; openbell data verify"),
    ],
)
def test_data_says_what_is_wrong_with_recorded_bars(
    call: Caller, config: Path, tmp_path: Path, fault: str, code: int, told: str
) -> None:
    begin = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=30 if fault == "old" else 1)
    bars = {"high": "1,0.9,1,1", "low": "1,1,1.1,1"}
    rows = [
        f"{begin + timedelta(minutes=n):%Y-%m-%d %H:%M},AURA,{bars.get(fault, '1,1,1,1') if n == 7 else '1,1,1,1'},1"
        for n in range(40)
        if (fault, n) != ("gap", 7)
    ]
    if fault == "order":
        rows[3], rows[4] = rows[4], rows[3]
    (tmp_path / "bars.csv").write_text("\n".join(["ts,symbol,open,high,low,close,volume", *rows]), encoding="utf-8")
    text = re.sub(r"(?m)^source: .*$", "source: {kind: csv, path: bars.csv, interval: 1m}", config.read_text("utf-8"))
    config.write_text(text, encoding="utf-8")
    said = call("doctor", "data", config)
    assert said.code == code
    assert [line for line in said.out.splitlines() if line.startswith(told)], said.out


def test_strategy_looks_at_symbols_bars_and_parameters(call: Caller, config: Path) -> None:
    said = call("doctor", "strategy", config)
    assert said.code == 0
    for part in ("bars of AURA: ", "signal cross on AURA: target "):
        assert part in said.out
    text = config.read_text(encoding="utf-8")
    for old, new, code, told in (
        ("bars: 1m", "bars: 5m", 1, "fail  feed: cross: no 5m bars of AURA in the source"),
        ("fast: 12", "fasst: 12", 1, "fail  file: "),
        ("slow: 26", "slow: 9000", 0, "warn  signal cross on AURA: target none yet"),
    ):
        assert old in text
        config.write_text(text.replace(old, new), encoding="utf-8")
        said = call("doctor", "strategy", config)
        (line,) = [line for line in said.out.splitlines() if line.startswith(told)]
        assert (said.code, "; " in line) == (code, True), line


def test_strategy_fails_for_a_symbol_that_the_data_does_not_have(call: Caller, config: Path, tmp_path: Path) -> None:
    rows = [f"2024-01-02 00:{n:02},AURA,1,1,1,1,1" for n in range(40)]
    (tmp_path / "bars.csv").write_text("\n".join(["ts,symbol,open,high,low,close,volume", *rows]), encoding="utf-8")
    text = re.sub(r"(?m)^source: .*$", "source: {kind: csv, path: bars.csv, interval: 1m}", config.read_text("utf-8"))
    for symbols, wanted in (("[AURA]", 0), ("[AURA, NONE]", 1)):
        config.write_text(text.replace("[AURA]", symbols), encoding="utf-8")
        said = call("doctor", "strategy", config)
        failed = [line for line in said.out.splitlines() if line.startswith("fail  feed: ")]
        assert (said.code, len(failed)) == (1, wanted)
        # It is old besides, which is another line.
        assert all("no bars of NONE; the files hold bars of: AURA; " in line for line in failed)


def test_perf_reports_resources_intervals_and_log_level(call: Caller, config: Path) -> None:
    checks = {one["part"]: one for one in call("doctor", "perf", config, "--json").data["checks"]}
    assert re.match(r"cpu \d+%, memory \d+%, disk \d+%", checks["resources"]["told"])
    assert checks["intervals"]["told"] == "cross every 1m: 0.0167 evaluations a second"
    assert checks["log level"] == {
        "part": "log level",
        "level": "ok",
        "told": "log files take INFO and above",
        "fix": "",
    }
    loud = call("doctor", "perf", config, "--log-level", "DEBUG", "--json").data["checks"][-1]
    assert (loud["level"], "every decision is written" in loud["told"]) == ("warn", True)
    assert call("doctor", "perf", config, "--log-level", "LOUD").code == 2


@pytest.mark.slow
def test_full_trades_simulated_and_stops_cleanly(call: Caller, config: Path) -> None:
    said = call("doctor", "full", config)
    assert said.code == 0
    for part in ("bars of AURA", "signal cross on AURA", "started, traded and stopped", "stopped and started again"):
        assert f"ok    {part}: " in said.out


def test_real_money_is_refused(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "live.yaml"
    file.write_text(swap(QUIET, "broker: sim", "broker: plain, mode: live"), encoding="utf-8")
    for kind in KINDS:
        said = call("doctor", kind, file)
        assert (said.code, "trades real money" in said.err) == (3, True)


def test_words_that_mean_nothing_are_told(call: Caller, config: Path) -> None:
    assert "next: openbell doctor quick" in call("doctor", config).err
    assert call("doctor", "fast").code == 2
    assert "doctor data needs a file" in call("doctor", "data").err


def test_an_account_is_looked_at_by_its_name(call: Caller, config: Path) -> None:
    said = call("doctor", "main", config)
    assert (said.code, "ok    account main: connected: the simulated exchange" in said.out) == (0, True)
    wrong = call("doctor", "mian", config)
    assert (wrong.code, "has no account 'mian'; known: main" in wrong.err) == (2, True)
    assert "openbell doctor main FILE" in call("doctor", "main").err


def test_an_account_at_a_front_is_told_part_by_part(call: Caller, config: Path) -> None:
    text = config.read_text(encoding="utf-8").replace("title: Small", "mode: paper")
    lines = [line for line in text.splitlines() if not line.startswith(("source", "speed"))]
    alpaca = 'broker: alpaca, key: PKX, secret: s, url: "http://127.0.0.1:9"'
    config.write_text("\n".join(lines).replace("broker: sim", alpaca), encoding="utf-8")
    said = call("doctor", "main", config)
    assert said.code == 1
    (line,) = [line for line in said.out.splitlines() if line.startswith("fail  main ")]
    assert line.startswith("fail  main line: ClientConnectorError")
    assert line.endswith("; look at the network and at url in the file")


def test_real_money_is_looked_at_one_account_at_a_time(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "live.yaml"
    secret = tmp_path / "secret"
    secret.write_text("s", encoding="utf-8")
    secret.chmod(0o600)
    keys = f'key: k, secret: "${{file:{secret}}}"'
    there = f'broker: binance, mode: live, account: "7", {keys}, url: "http://127.0.0.1:9"'
    text = swap(QUIET, "broker: sim", there).replace("SPY, QQQ", "BTCUSDT").replace("mode: sim\n", "")
    lines = [line for line in text.splitlines() if not line.startswith("source")]
    file.write_text("\n".join(lines).replace(" USD", " USDT"), encoding="utf-8")
    assert call("doctor", "quick", file).code == 3
    assert "fail  main line: ClientConnectorError" in call("doctor", "main", file).out


def test_S4_011_a_trial_alert_goes_through_every_channel_and_each_has_a_line(call: Caller, config: Path) -> None:
    def ask(url: str) -> tuple[Said, Said]:
        words = f"[{{url: '{url}/x'}}, {{name: dead, url: 'http://127.0.0.1:1/x'}}]"
        config.write_text(f"{config.read_text(encoding='utf-8')}alerts: {words}\n", encoding="utf-8")
        return call("doctor", "quick", config), call("doctor", "alerts", config)

    async def play() -> None:
        async with front() as there:
            quick, tried = await asyncio.to_thread(ask, there.url)
            assert (quick.code, tried.code) == (0, 1)
            assert "trial alert" not in quick.out
            assert "ok    trial alert to webhook (webhook), target 1: taken" in tried.out
            fix = f"correct dead under alerts: in {config}"
            assert f"fail  trial alert to dead (webhook), target 1: nobody answers there; {fix}" in tried.out
            assert [asked.body["event"] for asked in there.asked] == ["test"]

    asyncio.run(play())
