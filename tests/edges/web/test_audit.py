"""Who came in is written down before it takes effect, in a chain that shows every change."""

from pathlib import Path

import pytest

from openbell.edges.web.audit import NAME, Audit, entries, verify
from openbell.run.clock import FakeClock
from tests.run.web.stage import PASSWORD, Stage, on_stage

NOW = 1_700_000_000_000_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of six lines."""
    audit = Audit(tmp_path / "web" / NAME, FakeClock(NOW).now)
    for n in range(6):
        audit.note("web owner 127.0.0.1", "log-in", f"number {n}")
    return tmp_path / "web" / NAME


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_E19_a_whole_chain_is_whole(file: Path) -> None:
    found = verify(file)
    assert (found.entries, found.problem) == (6, "") and len(found.head) == 64
    assert (found.head, file.stat().st_mode & 0o777) == (list(entries(file))[-1].hash, 0o600)


@pytest.mark.parametrize("how", ["delete", "edit", "reorder", "insert", "first"])
def test_E19_a_line_that_is_deleted_edited_moved_or_inserted_is_found(how: str, file: Path) -> None:
    found = lines(file)
    changed = {
        "delete": found[:2] + found[3:], "first": found[1:], "insert": [*found[:3], found[2], *found[3:]],
        "edit": [*found[:2], found[2].replace(b"number 2", b"number 9"), *found[3:]],
        "reorder": [found[0], found[2], found[1], *found[3:]],
    }[how]  # fmt: skip
    file.write_bytes(b"".join(changed))
    assert "does not follow" in verify(file).problem


def test_E19_lines_cut_off_at_the_end_are_found_by_a_hash_written_down_before(file: Path) -> None:
    head, middle = verify(file).head, list(entries(file))[3].hash
    file.write_bytes(b"".join(lines(file)[:4]))
    assert verify(file).problem == "" and verify(file, middle).problem == ""
    assert "lines are missing at the end" in verify(file, head).problem


def test_a_torn_line_is_named_and_what_comes_after_it_is_kept(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])
    Audit(file, FakeClock(NOW).now).note("me", "log-in")
    found = verify(file)
    assert (found.entries, found.problem) == (5, "line 6 cannot be read")
    assert b'"what":"log-in"' in lines(file)[-1] and len(lines(file)) == 7


def test_E19_every_way_in_and_every_key_is_written_down_without_its_secret(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        await stage.ask("POST", "/api/login", {"password": "canary wrong password"}, {})
        await stage.ask("POST", "/api/login", {"password": PASSWORD}, {})
        await stage.ask("POST", "/api/step-up", {"password": PASSWORD})
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "board", "scopes": ["read"], "days": 7})
        (kept,) = await stage.get("/api/tokens")
        await stage.ask("DELETE", f"/api/tokens/{kept['id']}")
        await stage.ask("POST", "/api/second-factor/begin")
        await stage.ask("POST", "/api/logout")
        path = tmp_path / "web" / NAME
        assert [(one.what, one.text) for one in entries(path)] == [
            ("set-up", ""), ("log-in", "refused"), ("log-in", ""), ("step-up", ""), ("key made", "board: read, 7 days"),
            ("key ended", kept["id"]), ("second factor", "offered"), ("log-out", ""),
        ]  # fmt: skip
        assert [one.actor for one in entries(path)][:4] == ["web somebody 127.0.0.1"] * 3 + ["web owner 127.0.0.1"]
        text = path.read_text(encoding="utf-8")
        for secret in (PASSWORD, "canary", made["token"], stage.cookie, stage.told.setup_code):
            assert secret not in text

    on_stage(tmp_path, act)


def test_E21_what_cannot_be_written_down_does_not_happen(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        (tmp_path / "web" / NAME).unlink()
        (tmp_path / "web" / NAME).mkdir()
        # What fails inside ends its line: the next question takes another.
        cut = stage.headers(connection="close")
        status, body, _ = await stage.ask("POST", "/api/tokens", {"name": "board", "scopes": ["read"]}, cut)
        assert (status, body["error"]["code"]) == (500, "E2500")
        status, _, reply = await stage.ask("POST", "/api/login", {"password": PASSWORD}, {"connection": "close"})
        assert (status, dict(reply.cookies)) == (500, {})
        assert await stage.get("/api/tokens") == []

    on_stage(tmp_path, act)
