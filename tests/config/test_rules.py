"""Which rules are in force because of what the file says."""

from pathlib import Path

import pytest

from tests.config.fake import errors, read, swap

RULES = "rules:\n  - {kind: daily_loss, limit: 3%}\n"


@pytest.mark.parametrize(
    ("written", "in_force", "off"),
    [
        ("", ["kill", "max_position"], ()),
        ("rules: []\n", ["kill", "max_position"], ()),
        ("rules:\n  - {kind: daily_loss, limit: 3%}\n", ["kill", "max_position", "daily_loss"], ()),
        ("rules:\n  - {kind: max_position, limit: 5%}\n", ["kill", "max_position"], ()),
        ("rules:\n  - {kill: off}\n", ["max_position"], ("kill",)),
        ("rules: {preset: none}\n", [], ("kill", "max_position")),
        (
            "rules:\n  - {kind: daily_loss, limit: 3%}\n  - {kind: daily_loss, limit: 900 USD}\n",
            ["kill", "max_position", "daily_loss", "daily_loss"],
            (),
        ),
    ],
)
def test_rules_in_force(written: str, in_force: list[str], off: tuple[str, ...], tmp_path: Path) -> None:
    loaded = read(tmp_path, swap((RULES, written)))
    assert [rule.kind for rule in loaded.rules] == in_force
    assert loaded.rules_off == off


def test_options_of_the_file_replace_those_of_a_standard_rule(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap((RULES, "rules:\n  - {kind: max_position, limit: 5%}\n")))
    assert [rule.model_dump() for rule in loaded.rules] == [{"kind": "kill"}, {"kind": "max_position", "limit": "5%"}]


def test_rules_are_written_back_in_the_order_of_the_file(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap((RULES, "rules:\n  - {kill: off}\n  - {kind: duplicate}\n")))
    assert loaded.masked["rules"] == [{"kill": "off"}, {"kind": "duplicate"}]
    assert read(tmp_path, swap((RULES, "rules: {preset: none}\n"))).masked["rules"] == {"preset": "none"}


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
