"""Deployments from a Python program."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from openbell import DeploymentConfig, DeploymentStatus, LiveTradingService, ProgramError, RiskParameters
from openbell.core.types import NS
from openbell.run import attended
from openbell.run import state as states
from openbell.run.clock import WallClock
from openbell.run.notebook import connect
from tests.run.web.stage import home_with
from tests.run.web.test_starter import WISH


def counted(folder: Path) -> int:
    return connect(folder).trades().height


def ended(*folders: Path) -> None:
    """Return once no engine runs these states."""
    until = WallClock().now() + 300 * NS
    while any(map(states.runner, folders)):
        assert WallClock().now() < until


def test_S5_051_deployments_are_started_listed_stopped_and_all_stopped_at_once(tmp_path: Path) -> None:
    with LiveTradingService(tmp_path) as service:
        key = service.start(DeploymentConfig.model_validate(WISH))
        folder = tmp_path / key.partition(":")[0]
        (row,) = service.deployments()
        assert (type(row), row.id, row.strategy, row.status) == (DeploymentStatus, "ema_cross", "ema_cross", "active")
        until = WallClock().now() + 300 * NS
        while (told := service.deployment(key)).trades < 2:
            assert WallClock().now() < until
        # What the journal has when the question is put is in the answer: no bar is waited for.
        before = counted(folder)
        shown = service.deployment(key).trades
        assert told.trades <= before <= shown <= counted(folder)
        history = service.history("ema_cross", 1000)
        assert len(history) >= shown and history[0].seq > history[-1].seq and history[0].reason
        assert all(one.deployment == "ema_cross" for one in service.positions(key))
        other = service.start({**WISH, "name": "other"})
        assert sorted(one.id for one in service.deployments()) == ["ema_cross", "other"]
    ordered = attended.ordered(folder)
    assert ordered is not None and ordered.actor == "program"
    assert states.runner(folder), "it goes on without the service"
    with LiveTradingService(tmp_path) as service:
        assert service.stop(key)
        ended(folder)
        assert service.positions(key) == [] and service.deployment(key).status == "stopped"
        given = service.emergency_stop("rehearsed")
        assert list(given) == [other] and given[other].ok
    assert not states.runner(tmp_path / other.partition(":")[0]), "a service that is closed has ended what it stopped"
    with LiveTradingService(tmp_path) as service:
        assert service.positions(other) == [] and service.emergency_stop() == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"symbols": []}, "symbols: List should have at least 1 item"),
        ({"risk": {"position_size": 2}}, "risk.position_size: 2 would be 200%; write 0.02 for 2%"),
        (
            {"strategy": {"kind": "nosuch"}},
            "strategy.kind: config.yaml:10:20 deployments[0].strategy.kind: 'nosuch' is not a known",
        ),
        ({"mode": "live", "accepts_risk": True}, "digits"),
        ({"mode": "live", "digits": "1234"}, "REAL MONEY"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words_and_starts_nothing(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    with LiveTradingService(tmp_path) as service, pytest.raises(ProgramError) as refused:
        service.start({**WISH, **change})
    assert told in str(refused.value)
    assert [path for path in tmp_path.iterdir() if (path / "config.yaml").exists()] == []


def test_what_is_not_there_is_said_and_a_closed_service_says_so(tmp_path: Path) -> None:
    home_with(tmp_path, "a", "b")
    service = LiveTradingService(tmp_path)
    for ask in (service.deployment, service.positions, service.history, service.stop):
        with pytest.raises(ProgramError, match="there is no deployment 'nobody'"):
            ask("nobody")
        with pytest.raises(ProgramError, match="2 runs have a deployment 'cross': write STATE:cross"):
            ask("cross")
    row = service.deployment("a:cross")
    assert (row.status, row.trades) == ("stopped", counted(tmp_path / "a"))
    assert service.emergency_stop() == {}, "what has ended is not stopped again"
    service.close()
    service.close()
    with pytest.raises(ProgramError, match="closed"):
        service.deployments()


def test_a_fault_of_the_service_itself_is_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openbell.run.web.keeper.Keeper.feel", lambda _: {}["broken"])
    service = LiveTradingService(home_with(tmp_path, "a"))
    with pytest.raises(KeyError, match="broken"):
        service.deployments()
    # Whether closing looks once more hangs on whether the loop has already ended of it; nothing stays behind either way.
    with suppress(KeyError):
        service.close()
    assert "deployments" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ProgramError, match="closed"):
        service.deployments()


def test_the_risk_of_a_deployment_has_the_careful_defaults() -> None:
    assert RiskParameters().position_size == DeploymentConfig.model_validate(WISH).risk.position_size / 5
