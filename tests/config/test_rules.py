"""Which rules are in force because of what the file says."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from openbell.config.explain import ConfigError
from openbell.config.load import load, settled
from tests.config.fake import CATALOG, ENVIRONMENT, GOOD, errors, read, swap

RULES = "rules:\n  - {kind: daily_loss, limit: 3%}\n"


PRESET = "switched off by preset: none"
FILE = "switched off by the file"


@pytest.mark.parametrize(
    ("written", "in_force", "off"),
    [
        ("", ["kill", "max_position"], {}),
        ("rules: []\n", ["kill", "max_position"], {}),
        ("rules: {}\n", ["kill", "max_position"], {}),
        ("rules: {preset: standard}\n", ["kill", "max_position"], {}),
        ("rules:\n  - {kind: daily_loss, limit: 3%}\n", ["kill", "max_position", "daily_loss"], {}),
        ("rules: {daily_loss: {limit: 3%}}\n", ["kill", "max_position", "daily_loss"], {}),
        ("rules:\n  - {kind: max_position, limit: 5%}\n", ["kill", "max_position"], {}),
        ("rules:\n  - {kill: off}\n", ["max_position"], {"kill": FILE}),
        ("rules: {kill: off}\n", ["max_position"], {"kill": FILE}),
        ("rules: {preset: none}\n", [], {"kill": PRESET, "max_position": PRESET}),
        ("rules: {preset: none, duplicate: {}, kill: {}}\n", ["kill", "duplicate"], {"max_position": PRESET}),
        (
            "rules:\n  - {kind: daily_loss, limit: 3%}\n  - {kind: daily_loss, limit: 900 USD}\n",
            ["kill", "max_position", "daily_loss", "daily_loss"],
            {},
        ),
        (
            "rules:\n  preset: none\n  daily_loss: [{limit: 3%}, {limit: 900 USD}]\n",
            ["daily_loss", "daily_loss"],
            {"kill": PRESET, "max_position": PRESET},
        ),
    ],
)
def test_rules_in_force(written: str, in_force: list[str], off: dict[str, str], tmp_path: Path) -> None:
    loaded = read(tmp_path, swap((RULES, written)))
    assert [rule.kind for rule in loaded.rules] == in_force
    assert loaded.rules_off == off


@pytest.mark.parametrize(
    ("written", "found", "off"),
    [
        ("{preset: careful}", {"kill": None, "max_position": "1%", "duplicate": None}, {}),
        ("{preset: careful, max_position: {}}", {"kill": None, "max_position": "10%", "duplicate": None}, {}),
        (
            "{preset: careful, duplicate: off, daily_loss: {limit: 3%}}",
            {"kill": None, "max_position": "1%", "daily_loss": "3%"},
            {"duplicate": FILE},
        ),
    ],
)
def test_a_preset_changes_and_adds_to_the_table_and_the_file_has_the_last_word(
    written: str, found: dict[str, str | None], off: dict[str, str], tmp_path: Path
) -> None:
    loaded = read(tmp_path, swap((RULES, f"rules: {written}\n")))
    assert {rule.kind: rule.model_dump().get("limit") for rule in loaded.rules} == found
    assert (loaded.rules_off, loaded.warnings) == (off, ())


def test_money_of_a_rule_is_in_the_currency_of_every_account(tmp_path: Path) -> None:
    def faults(limit: str, cash: str) -> list[str]:
        text = swap((RULES, f"rules: {{daily_loss: {{limit: {limit}}}}}\n"), ("cash: 100000 USD", f"cash: {cash}"))
        return [line for line in errors(tmp_path, text) if "daily_loss" in line]

    assert faults("900 USD", "100000 USD") == []
    assert faults("3%", "100000 KRW") == []
    (line,) = faults("900 USD", "100000 KRW")
    assert "900 USD of daily_loss is not in the base currency of account main" in line
    assert "a share of equity" in line


def test_options_of_the_file_replace_those_of_a_standard_rule(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap((RULES, "rules:\n  - {kind: max_position, limit: 5%}\n")))
    assert [rule.model_dump() for rule in loaded.rules] == [{"kind": "kill"}, {"kind": "max_position", "limit": "5%"}]


@pytest.mark.parametrize(
    "written",
    [
        "rules:\n  - {kind: duplicate}\n  - {kill: off}\n  - {kind: max_position, limit: 5%}\n",
        "rules: {max_position: {limit: 5%}, kill: off, duplicate: {}}\n",
        "rules: {preset: none, max_position: {limit: 5%}, duplicate: {}}\n",
    ],
)
def test_however_they_are_written_they_have_one_form(written: str, tmp_path: Path) -> None:
    loaded = read(tmp_path, swap((RULES, written)))
    assert loaded.masked["rules"] == {"preset": "none", "max_position": {"limit": "5%"}, "duplicate": {}}
    assert [rule.kind for rule in loaded.rules] == ["max_position", "duplicate"]


def test_a_standard_rule_without_its_data_is_off_and_one_of_the_file_stays(tmp_path: Path) -> None:
    loaded = settled(read(tmp_path, GOOD), {"max_position": "no equity", "daily_loss": "no day", "duplicate": "unused"})
    assert [rule.kind for rule in loaded.rules] == ["kill", "daily_loss"]
    assert loaded.rules_off == {"max_position": "no equity"}
    assert loaded.lacking == {"daily_loss": "no day"}
    assert loaded.masked["rules"] == {"preset": "none", "kill": {}, "daily_loss": {"limit": "3%"}}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("rules: {}\n", ""),
        ("rules: {preset: none, kill: {}, max_position: {}}\n", ""),
        ("rules: {preset: none, kill: {}}\n", "13:17 rules.preset: max_position is switched off by preset: none"),
        ("rules: {max_position: off}\n", "13:23 rules.max_position: max_position is switched off by the file"),
        ("rules:\n  - {kill: off}\n", "14:12 rules[0].kill: kill is switched off by the file"),
    ],
)
def test_real_money_needs_its_rules(written: str, said: str, tmp_path: Path) -> None:
    catalog = replace(CATALOG, live_rules=("kill", "max_position"))
    path = tmp_path / "c.yaml"
    live = ("mode: sim", "mode: live"), ("broker: sim, cash", "broker: alpaca, account_no: a, mode: live, cash")
    path.write_text(swap((RULES, written), *live))
    if not said:
        assert load(path, catalog, ENVIRONMENT).config.mode_of("main") == "live"
        return
    with pytest.raises(ConfigError) as caught:
        load(path, catalog, ENVIRONMENT)
    assert f"{said}, and account main trades real money, which needs it; delete this" in str(caught.value)


def test_every_wrong_rule_is_told(tmp_path: Path) -> None:
    written = "rules:\n  - {kil: off}\n  - {kind: dupliccate}\n  - kill\n  - {kill: false}\n"
    assert errors(tmp_path, swap((RULES, written))) == [
        (
            "c.yaml:14:6 rules[0].kil: 'kil' is not a known rule, did you mean kill? "
            "known: daily_loss, duplicate, kill, max_position [C107]"
        ),
        (
            "c.yaml:15:12 rules[1].kind: 'dupliccate' is not a known rule, did you mean duplicate? "
            "known: daily_loss, duplicate, kill, max_position [C107]"
        ),
        "c.yaml:16:5 rules[2]: 'kill' is not a mapping; write {kind: kill, …} [C105]",
        "c.yaml:17:12 rules[3].kill: false is not off; write {kind: kill, …} for its options, or {kill: off} [C106]",
    ]
