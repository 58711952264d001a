"""Variables are filled in or named; what came from one is never shown."""

import json
from pathlib import Path

import pytest

from openbell.config.explain import ConfigError
from openbell.config.variables import is_secret_key
from tests.config.fake import GOOD, errors, read, swap


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("${NOPE}", "the variable NOPE is not set; set it, or write ${NOPE:-default} [C108]"),
        ("${ALERT_URI}", "the variable ALERT_URI is not set, did you mean ALERT_URL? set it, or write ${ALERT_URI:-default} [C108]"),
        ("${EMPTY}", "the variable EMPTY is set but empty; set it, or write ${EMPTY:-default} [C108]"),
        ("${vault:tg}", "${vault:tg} needs the vault, and none is open here; use ${NAME} or ${file:/path} [C108]"),
        ("${file:none}", "the file none: there is no such file; write the path of a readable text file [C108]"),
        ("${file:blank}", "the file blank is empty; write the value into it [C108]"),
        ("${file:.}", "the file .: is a directory, or lies below a file; write the path of a readable text file [C108]"),
        ("${A-B}", "${A-B} is not a variable; write ${NAME}, ${NAME:-text} or ${file:/path} [C108]"),
        ("${}", "${} is not a variable; write ${NAME}, ${NAME:-text} or ${file:/path} [C108]"),
        ("${ALERT_URL", "${ has no closing }; write $${ where ${ itself is meant [C108]"),
        ("${A:-${B}}", "a variable inside a variable; write one of them [C108]"),
    ],
)  # fmt: skip
def test_variables_that_cannot_be_filled_in(written: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "blank").write_text("\n")
    text = swap(("${ALERT_URL}", written))
    assert errors(tmp_path, text, {"ALERT_URL": "x", "EMPTY": ""}) == [f"c.yaml:16:11 alerts[0].url: {what}"]


def test_variable_in_braces_needs_quotes(tmp_path: Path) -> None:
    assert errors(tmp_path, swap(("fast: 12", "fast: ${FAST}"))) == [
        (
            "c.yaml:7:40: a brace of a variable is taken for one of the mapping; "
            "inside { } and [ ] write '${NAME}' in quotes [C101]"
        )
    ]


def test_all_unset_variables_at_once(tmp_path: Path) -> None:
    found = errors(tmp_path, swap(("fast: 12", "fast: '${FAST}'"), ("account: main", "account: ${ACCOUNT}")), {})
    assert [line.split(": ")[0] for line in found] == [
        "c.yaml:7:39 deployments[0].strategy.fast",
        "c.yaml:10:14 deployments[0].account",
        "c.yaml:16:11 alerts[0].url",
    ]


def test_values_defaults_files_and_the_sign_itself(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://secret.example/0815\n")
    text = swap(
        ("${ALERT_URL}", "${file:url}"),
        ("fast: 12", "fast: '${FAST}'"),
        ("slow: 26", "slow: '${SLOW:-30}'"),
        ("mode: sim", "title: $${x} ${EMPTY:-} and ${FAST}"),
    )
    config = read(tmp_path, text, {"FAST": "5", "EMPTY": ""}).config
    assert config.alerts.channels[0].options.url == "https://secret.example/0815"
    assert config.deployments[0].strategy.options.model_dump() == {"fast": 5, "slow": 30}
    assert config.title == "${x}  and 5"


def test_account_number_from_a_variable_is_text(tmp_path: Path) -> None:
    text = swap(("broker: sim, cash", "broker: alpaca, account_no: '${NO}', cash"))
    account = read(tmp_path, text, {"NO": "0123", "ALERT_URL": "x"}).config.accounts["main"]
    assert account.options.model_dump() == {"account_no": "0123"}


def test_what_came_from_a_variable_is_masked(tmp_path: Path) -> None:
    text = swap(("{kind: ema_cross, fast: 12, slow: 26}", "{kind: model, server: 'at ${HOST}', api_key: '${KEY}'}"))
    loaded = read(tmp_path, text, {"ALERT_URL": "hook-7777", "HOST": "host-8888", "KEY": "key-9999"})
    shown = json.dumps(loaded.masked)
    assert loaded.masked["deployments"][0]["strategy"] == {
        "kind": "model", "server": "***", "api_key": "***", "limit": 5,
    }  # fmt: skip
    assert loaded.masked["alerts"] == [{"kind": "apprise", "level": "warning", "url": "***", "token": ""}]
    assert not any(secret in shown for secret in ("7777", "8888", "9999"))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("fast: 12", "fast: '${S}'"), "c.yaml:7:39 deployments[0].strategy.fast: the value of ${S} is not a whole number [C105]"),
        (("bars: 1m", "bars: ${S}"), "c.yaml:9:11 deployments[0].bars: the value of ${S} is not a length of time [C106]"),
        (("capital: 50000 USD", "capital: '${S}'"), "c.yaml:11:23 deployments[0].budget.capital: the value of ${S} is not an amount of money [C106]"),
        (("account: main", "account: ${S}"), "c.yaml:10:14 deployments[0].account: the value of ${S} does not fit; known: main [C107]"),
        (("kind: ema_cross", "kind: '${S}'"), "c.yaml:7:22 deployments[0].strategy.kind: the value of ${S} is not a known strategy; known: ema_cross, model [C107]"),
    ],
)  # fmt: skip
def test_errors_never_show_a_secret(change: tuple[str, str], line: str, tmp_path: Path) -> None:
    assert errors(tmp_path, swap(change), {"S": "s3cr3t-5000usd", "ALERT_URL": "x"}) == [line]


def test_literal_secret_is_a_warning_and_masked(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap(("${ALERT_URL}", "tgram://123456/abcdef")))
    assert [problem.text().partition("c.yaml")[2] for problem in loaded.warnings] == [
        ":16:11 alerts[0].url: warning: a secret stands in the file itself; write ${ALERTS_URL} or ${file:/path} [C110]"
    ]
    assert loaded.masked["alerts"][0]["url"] == "***"


def test_literal_secret_is_an_error_where_money_is_real(tmp_path: Path) -> None:
    text = swap(
        ("${ALERT_URL}", "tgram://123456/abcdef"),
        ("broker: sim,", "broker: alpaca, account_no: 'x', mode: live,"),
    )
    with pytest.raises(ConfigError, match=r"alerts\[0\].url: a secret stands in the file itself"):
        read(tmp_path, text)


def test_secret_inside_another_value_is_masked(tmp_path: Path) -> None:
    text = GOOD.replace("mode: sim", "title: made for https://hook.example/abcdef")
    assert read(tmp_path, text).masked["title"] == "***"


@pytest.mark.parametrize(
    ("key", "is_secret"),
    [("api_key", True), ("apiKey", True), ("bot_token", True), ("app_secret", True), ("password", True),
     ("url", False), ("symbol", False), ("keyboard", False)],
)  # fmt: skip
def test_keys_of_secrets(key: str, is_secret: bool) -> None:
    assert is_secret_key(("accounts", "main", key)) is is_secret
    assert not is_secret_key((0,))
    assert is_secret_key(("alerts", 0, "url"))
