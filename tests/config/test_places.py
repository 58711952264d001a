"""A rule in force is found where it stands in the file."""

from pathlib import Path

from openbell.config.places import loc_of_rule, place_of_rule
from tests.config.fake import read, swap


def test_each_of_several_of_a_kind_has_its_own_place(tmp_path: Path) -> None:
    loaded = read(
        tmp_path, swap(("limit: 3%}\n", "limit: 3%}\n  - {kind: max_position}\n  - {kind: daily_loss, limit: 4%}\n"))
    )
    found = {(rule.kind, str(getattr(rule.options, "limit", ""))): loc_of_rule(loaded, rule) for rule in loaded.rules}
    assert found == {
        ("kill", ""): None,
        ("max_position", "0.10"): ("rules", 1),
        ("daily_loss", "0.03"): ("rules", 0),
        ("daily_loss", "0.04"): ("rules", 2),
    }
    places = [place_of_rule(loaded, rule) for rule in loaded.rules]
    assert [place.line if place else 0 for place in places] == [0, 15, 14, 16]


def test_without_rules_in_the_file_none_has_a_place(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap(("rules:\n  - {kind: daily_loss, limit: 3%}\n", "")))
    assert {loc_of_rule(loaded, rule) for rule in loaded.rules} == {None}
