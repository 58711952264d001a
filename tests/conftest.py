"""What holds for every test: no network beyond this machine, the one decimal context, repeatable hypothesis runs.

The outcome of every test is left in `.reports/tests.json` with the fingerprint of the tree it was made from;
`make requirements` reads it. Runs of single tests add to the report of the same tree.
"""

import decimal
import gc
import ipaddress
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from openbell.core.types import use_money_context
from tests import ready
from tools.tree import REPORT, ROOT, fingerprint

THOROUGH = os.environ.get("OPENBELL_THOROUGH", "") not in {"", "0"}
"""With OPENBELL_THOROUGH=1 properties are tried on many more examples, and on new ones each time."""

settings.register_profile(
    "openbell",
    derandomize=not THOROUGH,
    deadline=None,
    max_examples=2000 if THOROUGH else 60,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("openbell")

# A process that holds eleven thousand tests would spend an eighth of its time looking through them for garbage.
gc.set_threshold(50_000, 20, 100)

LONGEST_S = 600
"""A test that runs longer waits for ever, in seconds."""

_SEVERITY = {"passed": 0, "skipped": 1, "failed": 2}
_outcomes: dict[str, str] = {}
_tree: list[str] = []


class NetworkRefused(RuntimeError):
    """A test tried to leave this machine."""


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket's path
    host = str(address[0])
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _guarded(method: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_local(address):
            raise NetworkRefused(f"tests stay on this machine; refused {address!r}")
        return method(self, address)

    return connect


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Refuse every connection that is not to the loopback interface, and every look-up of another name."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_local((name,)):
            raise NetworkRefused(f"tests stay on this machine; refused to look up {name!r}")
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_process_left() -> Iterator[None]:
    """End the process of which others are copies."""
    yield
    ready.close()


@pytest.fixture(autouse=True)
def _money_context() -> Iterator[None]:
    """Run each test in the decimal context that the engine runs in."""
    before = decimal.getcontext().copy()
    use_money_context()
    yield
    decimal.setcontext(before)


class Hung(BaseException):
    """A test waits for something that does not come; an own kind, so that no test can take it for its own error."""


@pytest.fixture(autouse=True)
def _no_endless_wait() -> Iterator[None]:
    """End a test that would keep all others from ever running; far beyond what the slowest takes."""

    def give_up(*_: object) -> None:
        raise Hung(f"no end after {LONGEST_S} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _writes_report(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput") and not config.option.collectonly


def pytest_sessionstart(session: pytest.Session) -> None:
    """Remember the tree as it is before the first test, and hear the end of a terminal as anybody does."""
    # Begun by nohup or from a job that was let go, all that a test starts would take the end of a terminal for nothing.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if _writes_report(session.config) and Path(session.config.rootpath) == ROOT:
        _tree.append(fingerprint(ROOT))


def pytest_collection_finish() -> None:
    """Take what was collected for permanent."""
    gc.collect()
    gc.freeze()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the worst outcome of a test's set-up, call and tear-down."""
    before = _outcomes.get(report.nodeid)
    if before is None or _SEVERITY[report.outcome] > _SEVERITY[before]:
        _outcomes[report.nodeid] = report.outcome


def pytest_sessionfinish() -> None:
    """Write the report, joined to an earlier one of the same tree."""
    if not _tree or not _outcomes:
        return
    path = ROOT / REPORT
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        kept = report["outcomes"] if report["tree"] == _tree[0] else {}
    except (OSError, ValueError, KeyError):
        kept = {}
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    text = json.dumps({"tree": _tree[0], "outcomes": {**kept, **_outcomes}}, indent=0, sort_keys=True)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)
