"""Every value in force has its origin, and no secret is shown."""

from pathlib import Path

from openbell.config.origins import rows
from tests.config.fake import GOOD, read, swap


def shown(
    folder: Path, text: str, environment: dict[str, str] | None = None, mode: str | None = None
) -> dict[str, str]:
    found = rows(read(folder, text, environment, mode))
    return {row.path: f"{row.value} <- {row.origin.replace(f'{folder}/', '')}" for row in found}


def test_each_origin_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ALERT_URL=https://hook.example/canary\nOPENBELL__SPEED=60x\n", encoding="utf-8")
    found = shown(tmp_path, GOOD, {"OPENBELL__ACCOUNTS__MAIN__CASH": "5 USD"}, mode="dry_run")
    assert found["mode"] == "dry_run <- command line --mode"
    assert found["speed"] == "60x <- .env:2 OPENBELL__SPEED"
    assert found["accounts.main.cash"] == "[5 USD] <- environment OPENBELL__ACCOUNTS__MAIN__CASH"
    assert found["deployments[0].strategy.fast"] == "12 <- c.yaml:7:39"
    assert found["deployments[0].short"] == "false <- default"
    assert found["deployments[0].exits.trailing"] == "none <- default"
    assert found["alerts[0].url"] == "*** <- c.yaml:16:11 from .env:1 ALERT_URL"
    assert "canary" not in str(found)


def test_rules_are_those_in_force(tmp_path: Path) -> None:
    text = swap(("limit: 3%}\n", "limit: 3%}\n  - {kill: off}\n"))
    found = shown(tmp_path, text)
    assert {path: row for path, row in found.items() if path.startswith("rules")} == {
        "rules.max_position.limit": "10% <- standard rule",
        "rules.daily_loss.limit": "3% <- c.yaml:14:31",
        "rules.kill": "off <- c.yaml:15:12",
    }


def test_a_default_of_a_variable_is_named_too(tmp_path: Path) -> None:
    found = shown(tmp_path, swap(("mode: sim", "mode: ${MODE:-sim}")))
    assert found["mode"] == "*** <- c.yaml:1:7 from MODE not set"


def test_one_text_for_a_whole_list_is_the_origin_of_all_of_it(tmp_path: Path) -> None:
    found = shown(tmp_path, swap(("stop_loss: 2%,", "stop_loss: 2%, trailing: {atr: 3},")))
    assert found["deployments[0].exits.trailing.atr"] == "3 <- c.yaml:12:44"
