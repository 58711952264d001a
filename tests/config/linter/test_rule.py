"""What a rule sees of a configuration."""

from pathlib import Path

from openbell.config.linter.rule import Lore, Scene
from tests.config.fake import read, swap


def test_a_rule_in_force_has_its_place_or_another(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap(("limit: 3%}\n", "limit: 3%}\n  - {kind: daily_loss, limit: 4%}\n")))
    scene = Scene(loaded, Lore())
    found = [scene.place(rule, "limit", ("rules",)) for rule in scene.in_force("daily_loss", "max_position")]
    assert sorted(map(str, found)) == ["('rules', 0, 'limit')", "('rules', 1, 'limit')", "('rules',)"]
    assert scene.in_force("drawdown") == []
    assert scene.config is loaded.config
