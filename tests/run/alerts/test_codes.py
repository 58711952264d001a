"""Codes that stop: each once, in time, for its own run."""

from pathlib import Path

from openbell.edges.alerts.outbox import Outbox
from openbell.run.alerts.codes import DIGITS, LASTS_NS, fault, issue, left, shown, use
from tests.run.alerts.stage import NOW


def test_a_code_is_good_once(tmp_path: Path) -> None:
    with Outbox(tmp_path) as outbox:
        found = issue(outbox, 3, NOW)
        assert (len(set(found)), {len(one) for one in found}, left(outbox, NOW)) == (3, {DIGITS}, 3)
        assert fault(outbox, found[1], NOW) == ""
        use(outbox, found[1])
        assert fault(outbox, found[1], NOW) == "the code was used before"
        assert (fault(outbox, found[0], NOW), left(outbox, NOW)) == ("", 2)


def test_a_code_that_is_none_of_them_is_wrong(tmp_path: Path) -> None:
    with Outbox(tmp_path) as outbox:
        assert fault(outbox, "0" * DIGITS, NOW) == "this run has no codes"
        (code,) = issue(outbox, 1, NOW)
        changed = code[:-1] + str((int(code[-1]) + 1) % 10)
        for wrong in (changed, "001" + code[3:], code[:-1], "", "9" * DIGITS, "\u0661" * DIGITS):
            assert fault(outbox, wrong, NOW) == "the code is wrong", wrong


def test_codes_end_by_time_and_by_new_ones_and_serve_no_other_run(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Outbox(tmp_path / "a") as one, Outbox(tmp_path / "b") as other:
        (code,) = issue(one, 1, NOW)
        other.keep("codes", one.kept("codes") or b"")
        assert fault(other, code, NOW) == "the code is wrong", "the name of the state is signed too"
        assert fault(one, code, NOW + LASTS_NS) == "the code is too old"
        assert left(one, NOW + LASTS_NS) == 0
        issue(one, 1, NOW)
        assert fault(one, code, NOW) == "the code is wrong"


def test_codes_are_read_aloud_in_threes() -> None:
    assert shown(["000123456789012"]) == ["000 123 456 789 012"]
