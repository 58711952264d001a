"""`openbell audit`: who came in, and whether the record of it is whole."""

from collections.abc import Callable
from pathlib import Path

from openbell.edges.web.audit import NAME, Audit
from openbell.run.clock import FakeClock
from tests.cli.process import Said

Caller = Callable[..., Said]


def test_the_record_is_listed_verified_and_a_change_is_found(call: Caller, tmp_path: Path) -> None:
    assert call("audit", "list").err == "nobody has come in yet\n"
    path = tmp_path / "home" / "web" / NAME
    audit = Audit(path, FakeClock(1_700_000_000_000_000_000).now)
    for text in ("refused", ""):
        audit.note("web somebody 127.0.0.1", "log-in", text)
    said = call("audit", "list", "--count", 1)
    assert (said.code, "2 2023-11-14" in said.out, "log-in" in said.out) == (0, True, True)
    assert [one["text"] for one in call("audit", "list", "--json").data["entries"]] == ["refused", ""]
    said = call("audit", "verify")
    assert said.out.startswith("2 lines, whole; head ")
    head = said.out.split()[-1]
    assert call("audit", "verify", "--head", head).code == 0
    first = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(first)
    said = call("audit", "verify", "--head", head)
    assert (said.code, "lines are missing at the end" in said.err) == (4, True)
    path.write_bytes(first.replace(b"refused", b"granted"))
    found = call("audit", "verify", "--json")
    assert (found.code, found.data["ok"]) == (4, False)
