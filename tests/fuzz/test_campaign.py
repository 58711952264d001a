"""The whole API, a few requests of each operation; `make api-fuzz` draws as many as one likes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from openbell.run.pulse import read_pulse
from tests.cli.process import until
from tests.fuzz.campaign import NEGATIVE, Caller, operations, prints, served, states, try_out

FEW = 3
UNGUESSED = {
    "POST /api/setup", "POST /api/login", "POST /api/open", "POST /api/step-up", "POST /api/second-factor/confirm",
    "DELETE /api/tokens/{key}", "POST /api/trading/deploy", "POST /api/backtests", "GET /api/backtests/{id}",
    "GET /api/backtests/{id}/report", "DELETE /api/backtests/{id}", "POST /api/alerts/acknowledge",
    "POST /api/alerts/try", "GET /api/logs",
}  # fmt: skip
"""Codes, passwords, keys, strategies, ids, channels and log files cannot be guessed."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return states(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def caller(home: Path) -> Iterator[Caller]:
    with served(home) as found:
        yield found


def test_wrong_requests_are_refused_everywhere_and_change_nothing(home: Path, caller: Caller) -> None:
    before = prints(home / "small")
    tried = [one for one in operations() if one.body or one.query or one.path_parameters]
    assert len(tried) >= 24
    for operation in tried:
        try_out(caller, operation, FEW, (NEGATIVE,))
    statuses = {status for _, status in caller.answers}
    assert statuses <= {400, 403, 404, 405, 422} and 422 in statuses
    assert prints(home / "small") == before


def test_what_the_document_allows_is_answered_as_it_says(caller: Caller) -> None:
    caller.answers.clear()
    for operation in operations():
        try_out(caller, operation, FEW)
    for operation in operations(is_known=True):
        try_out(caller, operation, FEW)
    statuses = {status for _, status in caller.answers}
    assert not [status for status in statuses if status >= 500]
    assert {name for name, status in caller.answers if status == 422} <= {
        "POST /api/trading/deploy",
        "POST /api/backtests",
    }
    shown = {name for name, status in caller.answers if status in (200, 204)}
    assert {one.label for one in operations()} - shown <= UNGUESSED


def test_what_was_deployed_ends_with_the_campaign(tmp_path: Path) -> None:
    wish = {"strategy": {"kind": "ema_cross", "options": {"fast": 3, "slow": 8}}, "symbols": ["AURA"], "mode": "sim"}
    with served(states(tmp_path)) as caller:
        reply = requests.post(f"{caller.address}/api/trading/deploy", json=wish, headers=caller.headers(), timeout=120)
        assert reply.status_code == 201, reply.text
        state = tmp_path / reply.json()["state"]
        until(lambda: read_pulse(state) is not None, "a sign of life")
        pulse = read_pulse(state)
        assert pulse is not None and Path(f"/proc/{pulse.pid}").is_dir()
    assert not Path(f"/proc/{pulse.pid}").is_dir()
