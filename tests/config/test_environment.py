"""Variables from outside the file: order, places, and options they override."""

from pathlib import Path

import pytest

from openbell.config.document import parse_document
from openbell.config.environment import Environment, assign, parse_dotenv, surroundings
from tests.config.fake import GOOD, errors, read, swap

WITH_VARIABLE = swap(("cash: 100000 USD", 'cash: "${CASH}"'))


def test_lines_of_a_dotenv() -> None:
    text = "# one\n\nexport A=1 # kept apart\nB = \"x # y\" # z\nC='q'\nD=a#b\nE=\nF=p=q\n"
    found, wrong = parse_dotenv(text)
    assert {name: value for name, (value, _) in found.items()} == {
        "A": "1", "B": "x # y", "C": "q", "D": "a#b", "E": "", "F": "p=q",
    }  # fmt: skip
    assert (found["B"][1], wrong) == (4, [])


def test_what_cannot_be_read_of_a_dotenv_has_its_line_and_tells_no_value(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('canary\nA="canary\n', encoding="utf-8")
    assert errors(tmp_path, GOOD) == [
        ".env:1:1: is not NAME=value; write NAME=value, or # before it [C101]",
        ".env:2:1: the quote of A is not closed; write NAME=value, or # before it [C101]",
    ]
    (tmp_path / ".env").write_bytes(b"A=\xff\n")
    assert errors(tmp_path, GOOD) == [".env:1:3: byte 0xff is not UTF-8; save the file as UTF-8 [C100]"]


def test_the_dotenv_reaches_the_configuration_and_the_process_comes_first(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CASH=5000 USD\nALERT_URL=https://kept.example/1\n", encoding="utf-8")
    kept = read(tmp_path, WITH_VARIABLE, {})
    assert kept.config.accounts["main"].cash[0].value == 5000
    both = read(tmp_path, WITH_VARIABLE, {"CASH": "7000 USD"})
    assert both.config.accounts["main"].cash[0].value == 7000
    assert both.config.alerts.channels[0].options.url == "https://kept.example/1"
    assert "kept.example" not in str(both.masked)
    assert "5000" not in str(kept.masked["accounts"])


def test_an_origin_names_the_file_and_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# one\nA=1\n", encoding="utf-8")
    around, problems = surroundings(tmp_path, {"B": "2"})
    assert problems == []
    assert [around.origin(name) for name in "ABC"] == [f"{tmp_path}/.env:2 A", "environment B", ""]
    assert surroundings(tmp_path / "nowhere", {})[0] == Environment(process={})


def test_an_option_is_overridden_by_its_path_and_the_command_line_comes_first(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENBELL__MODE=sim\nOPENBELL__SPEED=60x\n", encoding="utf-8")
    changes = {
        "OPENBELL__ACCOUNTS__MAIN__CASH": "80000 USD",
        "OPENBELL__DEPLOYMENTS__CROSS__STRATEGY__FAST": "5",
        "OPENBELL__DEPLOYMENTS__0__INSTRUMENTS": "[IWM, DIA]",
        "OPENBELL__DEPLOYMENTS__CROSS__INSTRUMENTS__DIA": "ON",
        "OPENBELL__DEPLOYMENTS__CROSS__ORDER__TYPE": "limit",
        "OPENBELL__RULES__DAILY_LOSS__LIMIT": "1%",
        "OPENBELL__TITLE": "a: b",
        "ALERT_URL": "https://hook.example/abcdef",
    }
    found = read(tmp_path, GOOD, changes, mode="dry_run").config
    one = found.deployments[0]
    assert (found.mode, found.speed, found.title) == ("dry_run", "60x", "a: b")
    assert found.accounts["main"].cash[0].value == 80000
    assert (one.instruments, one.order.type) == (("IWM", "ON"), "limit")
    assert [getattr(one.strategy.options, name) for name in ("fast", "slow")] == [5, 26]
    assert found.rules.entries[0].model_dump()["limit"] == "1%"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MOD", "sim", (" mod: unknown key, did you mean mode? known: accounts, alerts, calendars, deployments, "
         "instruments, kill, logging, mode, monitor, operations, rules, signals, source, speed, title [C103]")),
        ("MODE", "real", " mode: 'real' is not a mode, did you mean live? known: dry_run, sim, paper, live [C106]"),
        ("MODE__X", "1", ": mode has no options below it; write OPENBELL__A__B for the option a.b [C108]"),
        ("ACCOUNTS____CASH", "1", ": a step of its name is empty; write OPENBELL__A__B for the option a.b [C108]"),
        ("DEPLOYMENTS__CROS__BARS", "5m", ": deployments has no entry cros, did you mean cross? known: cross [C108]"),
        ("DEPLOYMENTS__CROSS__BARS", "5", (" deployments[0].bars: 5 is not a length of time; "
         "write for example 30s, 5m, 1h or 1d [C106]")),
        ("ACCOUNTS__MAIN__CASH", "${NONE}", (" accounts.main.cash: the variable NONE is not set; "
         "set it, or write ${NONE:-default} [C108]")),
    ],
)  # fmt: skip
def test_a_variable_that_leads_nowhere_or_is_wrong_is_named(
    name: str, value: str, expected: str, tmp_path: Path
) -> None:
    environment = {"ALERT_URL": "https://hook.example/abcdef", f"OPENBELL__{name}": value}
    assert errors(tmp_path, GOOD, environment) == [f"environment OPENBELL__{name}{expected}"]


def test_a_secret_from_the_environment_is_no_secret_in_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD, {"OPENBELL__ALERTS__0__URL": "https://hook.example/canary"})
    assert found.warnings == ()
    assert "canary" not in str(found.masked)


def test_values_of_a_study_stand_in_the_place_of_the_files() -> None:
    tree, _ = parse_document("a: {b: [{name: x, c: 1}, {kind: y}]}")
    assert assign(tree, {"a.b.x.c": "2", "a.b.1.d": "5%"}) == []
    assert tree.plain() == {"a": {"b": [{"name": "x", "c": 2}, {"kind": "y", "d": "5%"}]}}
    (fault,) = assign(tree, {"a.b.x.c.d": "2"})
    assert (fault.origin, fault.what) == ("the value of a.b.x.c.d", "a.b.0.c has no options below it")
    assert fault.advice == "write a.b for the option a.b"
