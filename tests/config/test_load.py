"""Every wrong file gives exactly its lines; a good one gives everything it says."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from openbell.config.explain import ConfigError
from openbell.config.load import load
from openbell.config.rules import Rules
from openbell.schema import Amount
from tests.config.fake import CATALOG, ENVIRONMENT, GOOD, errors, read, swap

MINUTE_NS = 60_000_000_000


def golden() -> list[tuple[str, list[tuple[str, str]], list[str]]]:
    cases = []
    text = Path(__file__).with_name("errors.txt").read_text(encoding="utf-8")
    for block in text.split("\n## ")[1:]:
        name, *lines = [line for line in block.splitlines() if line]
        old = [json.loads(line[2:]) for line in lines if line.startswith("- ")]
        new = [json.loads(line[2:]) for line in lines if line.startswith("+ ")]
        expected = [line for line in lines if not line.startswith(("- ", "+ "))]
        cases.append((name, list(zip(old, new, strict=True)), expected))
    return cases


CASES = golden()


@pytest.mark.parametrize(("name", "changes", "expected"), CASES, ids=[case[0] for case in CASES])
def test_error_texts(name: str, changes: list[tuple[str, str]], expected: list[str], tmp_path: Path) -> None:
    assert expected, name
    assert errors(tmp_path, swap(*changes)) == expected


def test_many_errors_are_told_at_once_and_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = swap(
        ("mode: sim", "mode: observe"),
        ("cash: 100000 USD", "cash: 100000"),
        ("fast: 12", "fsat: 12"),
        ("[SPY, QQQ]", "[SPY, 5, SPY]"),
        ("account: main", "account: mian"),
        ("limit: 3%", "limit: 3"),
    )
    assert errors(tmp_path, text, {}) == [
        "c.yaml:1:7 mode: 'observe' is not a mode, did you mean dry_run? known: dry_run, sim, paper, live [C106]",
        "c.yaml:4:29 accounts.main.cash: 100000 is not an amount of money; write for example 100000 USD [C106]",
        "c.yaml:7:33 deployments[0].strategy.fsat: unknown key, did you mean fast? known: fast, kind, slow [C103]",
        'c.yaml:8:24 deployments[0].instruments[1]: 5 is not text; put it in quotes: "5" [C105]',
        "c.yaml:8:27 deployments[0].instruments[2]: SPY stands twice in the list; delete one [C109]",
        "c.yaml:10:14 deployments[0].account: there is no account 'mian', did you mean main? known: main [C107]",
        (
            "c.yaml:14:31 rules[0].limit: 3 as a fraction would be 300%, and 3 is not an amount of money; "
            "write 3% or 0.03 or write for example 3 USD [C106]"
        ),
        "c.yaml:16:11 alerts[0].url: the variable ALERT_URL is not set; set it, or write ${ALERT_URL:-default} [C108]",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "c.yaml: is empty; `openbell init` writes a first configuration [C100]"),
        ("# only a comment\n", "c.yaml: is empty; `openbell init` writes a first configuration [C100]"),
        ("- a\n", "c.yaml:1:1: a configuration is a mapping of keys to values, such as `mode: sim` [C105]"),
        ("hello\n", "c.yaml:1:1: a configuration is a mapping of keys to values, such as `mode: sim` [C105]"),
        (b"mode: sim\ntitle: gr\xfcn\n", "c.yaml:2:10: byte 0xfc is not UTF-8; save the file as UTF-8 [C100]"),
        ("a: b\x00c", "c.yaml:1:5: unacceptable character #x0000: special characters are not allowed [C101]"),
        ("a: " + "[" * 600, "c.yaml:1:1: is nested too deeply [C101]"),
    ],
)
def test_files_that_cannot_be_read(text: str | bytes, expected: str, tmp_path: Path) -> None:
    assert errors(tmp_path, text) == [expected]


def test_missing_file_names_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(GOOD)
    with pytest.raises(ConfigError, match=r"confg.yaml: there is no such file, did you mean config.yaml\? \[C100\]$"):
        load(tmp_path / "confg.yaml", CATALOG, ENVIRONMENT)


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is a directory, or lies below a file; name a file \[C100\]$"):
        load(tmp_path, CATALOG, ENVIRONMENT)


def test_empty_list_of_deployments(tmp_path: Path) -> None:
    text = GOOD[: GOOD.index("deployments:")] + "deployments: []\n"
    assert "c.yaml:5:14 deployments: is empty [C106]" in errors(tmp_path, text)


def test_good_file(tmp_path: Path) -> None:
    loaded = read(tmp_path, GOOD)
    deployment = loaded.config.deployments[0]
    assert loaded.config.mode == "sim"
    assert deployment.bars == MINUTE_NS
    assert deployment.instruments == ("SPY", "QQQ")
    assert deployment.budget.capital == Amount(Decimal(50000), "USD")
    assert deployment.budget.per_position == Decimal("0.02")
    assert [rule.kind for rule in loaded.rules] == ["kill", "max_position", "daily_loss"]
    assert loaded.folder == tmp_path
    assert loaded.warnings == ()


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()])
def test_byte_order_mark_and_windows_lines(text: bytes, tmp_path: Path) -> None:
    assert read(tmp_path, text).masked == read(tmp_path, GOOD).masked


def test_tickers_times_and_numbers_with_zeros_stay_text(tmp_path: Path) -> None:
    text = swap(("[SPY, QQQ]", '[ON, NO, Y, 10:30, "0123", NULLS, 2024-01-02]'), ("mode: sim", "title: off"))
    config = read(tmp_path, text).config
    assert config.deployments[0].instruments == ("ON", "NO", "Y", "10:30", "0123", "NULLS", "2024-01-02")
    assert config.title == "off"


def test_keys_that_look_like_numbers_stay_as_written(tmp_path: Path) -> None:
    text = swap(("mode: sim", "instruments: {005930: {lot: 1}}"), ("[SPY, QQQ]", '["005930"]'))
    assert list(read(tmp_path, text).config.instruments.symbols) == ["005930"]


def test_mode_of_the_command_line_wins(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD, mode="dry_run").config.mode == "dry_run"
    with pytest.raises(ConfigError, match="'liv' is not a mode, did you mean live"):
        read(tmp_path, GOOD, mode="liv")


def test_effective_configuration_loads_to_itself(tmp_path: Path) -> None:
    text = swap(
        ("take_profit: 5%", "trailing: 1.50 USD"),
        ('"${ALERT_URL}"', '"***"'),
        ("broker: sim,", "broker: sim, venue: {latency: 250ms, fees: {kind: bps, bps: 1.5}},"),
        ("rules:\n", "rules:\n  - {kill: off}\n"),
    )
    once = read(tmp_path, text)
    again = read(tmp_path, json.dumps(once.masked))
    assert again.masked == once.masked
    assert again.rules == once.rules
    free = {"rules": Rules()}
    assert again.config.model_copy(update=free) == once.config.model_copy(update=free)


def test_explicit_null_is_the_value_none_and_survives(tmp_path: Path) -> None:
    text = swap(("{kind: ema_cross, fast: 12, slow: 26}", "{kind: model, server: a, limit: null}"))
    once = read(tmp_path, text)
    assert once.masked["deployments"][0]["strategy"]["limit"] is None
    again = read(tmp_path, json.dumps(once.masked))
    assert again.config.deployments[0].strategy == once.config.deployments[0].strategy


def test_billions_of_aliases_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert errors(tmp_path, "\n".join(lines)) == ["c.yaml:1:37: has too many values [C101]"]


def test_a_value_of_several_forms_is_told_once_and_from_the_inside(tmp_path: Path) -> None:
    assert errors(tmp_path, swap(("limit: 3%", "limit: {a: 1}"))) == [
        (
            "c.yaml:14:31 rules[0].limit: a mapping is not a fraction, and a mapping is not an amount of money; "
            "write for example 2% or 0.02 or write for example 10000 USD [C106]"
        )
    ]
