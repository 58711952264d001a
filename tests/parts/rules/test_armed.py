"""armed: no entry with real money unless a person typed the account's digits, and never beyond the end."""

from typing import Any

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.types import MINUTE_NS
from openbell.parts.rules import armed
from tests.core import build as b
from tests.core.build import at, decision, levels, only
from tests.parts.rules.scene import again, bound, codes, engine, hold, passes_exit, priced

DIGITS = "4821"
HOUR = 60 * MINUTE_NS


def real(*, is_real: bool = True, **options: str) -> Engine:
    return engine(armed, options, accounts=[b.account_spec(is_real=is_real, digits=DIGITS)])


def arm(n: int = 1, *, until: int = at(1) + HOUR, digits: str = DIGITS, **changes: Any) -> ev.Command:
    return b.command("arm", n=n, until=until, digits=digits, **changes)


def entered(made: Engine, n: int) -> bool:
    """Return whether a wish at a bar became an order."""
    effects = made.step(b.bar(n, 100.0, 1.0))
    assert decision(effects) == (Code.SIGNAL_LONG if only(fx.Submit, effects) else Code.NOT_ARMED)
    return bool(only(fx.Submit, effects))


def test_B28_real_money_that_nobody_armed_enters_nothing_and_other_money_is_free() -> None:
    assert not entered(real(), 2)
    assert entered(real(is_real=False), 2)


def test_B28_armed_by_its_digits_it_enters_over_a_restart_until_the_end() -> None:
    made = real()
    assert levels(made.step(arm())) == [("warning", "armed/main")]
    made = again(made, bound(armed))
    assert armed.armed_until(made.book, "main") == at(1) + HOUR
    assert entered(made, 2)


@pytest.mark.parametrize(("minute", "is_armed"), [(60, True), (61, False), (62, False)])
def test_B28_exactly_at_the_end_it_is_over(minute: int, is_armed: bool) -> None:
    book = priced(is_real=True, digits=DIGITS)
    book.truth.timers["/armed/main"] = at(1) + HOUR
    assert codes(book, b.draft("buy", 1), bound(armed), ts=at(minute)) == (() if is_armed else (Code.NOT_ARMED,))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"digits": "4812"}, "not the last four of account main"),
        ({"digits": ""}, "not the last four of account main"),
        ({"until": at(1)}, "its end is over already"),
        ({"until": at(1) + 24 * HOUR + 1}, "more than 1d away"),
        ({"scope": "account:other"}, "nothing to arm"),
    ],
)
def test_B28_what_is_wrong_with_an_arm_is_said_and_it_arms_nothing(changes: dict[str, Any], word: str) -> None:
    made = real()
    (alert,) = only(fx.Alert, made.step(arm(**changes)))
    assert (alert.level, alert.key, word in alert.text) == ("error", "arm/arm-1", True)
    assert not entered(made, 2)


def test_the_longest_time_is_the_files() -> None:
    assert entered_after(real(longest="30m"), at(1) + 30 * MINUTE_NS)
    assert not entered_after(real(longest="30m"), at(1) + 31 * MINUTE_NS)


def entered_after(made: Engine, until: int) -> bool:
    made.step(arm(until=until))
    return entered(made, 2)


def test_money_that_is_not_real_has_nothing_to_arm() -> None:
    (alert,) = only(fx.Alert, real(is_real=False).step(arm()))
    assert "nothing to arm" in alert.text


def test_B21_the_end_takes_entries_back_and_never_an_exit() -> None:
    made = real()
    made.step(arm())
    entry = b.one(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    made.step(b.update(entry, "accepted", ts=at(2)))
    ended = made.step(ev.Timer(ts=at(1) + HOUR, deployment="", name="armed/main"))
    assert [(one.oid, one.reason) for one in only(fx.Cancel, ended)] == [(entry.oid, Code.NOT_ARMED)]
    assert levels(ended) == [("critical", "armed/main")]
    assert armed.armed_until(made.book, "main") == 0
    book = priced(is_real=True, digits=DIGITS)
    hold(book, 5)
    assert codes(book, b.draft("buy", 1), bound(armed)) == (Code.NOT_ARMED,)
    assert passes_exit(book, bound(armed))


def test_a_disarm_ends_it_at_once_and_an_arm_that_comes_twice_counts_once() -> None:
    made = real()
    made.step(arm())
    assert levels(made.step(b.command("disarm", n=2))) == [("warning", "armed/main")]
    assert armed.armed_until(made.book, "main") == 0
    # The same word once more, as a crash between taking and forgetting would bring it.
    made.step(arm(3, key="arm-1"))
    assert not entered(made, 4)


def test_the_rule_says_itself_in_words() -> None:
    assert armed.text(armed.Config()) == (
        "no entry with real money unless a person has armed the account, for 1d at most"
    )


def test_B28_the_end_of_one_account_takes_nothing_back_that_another_has_sent() -> None:
    names = {"alpha": "main", "beta": "other"}
    deployments = [b.deployment_spec(name, account=account) for name, account in names.items()]
    accounts = [b.account_spec(account, is_real=True, digits=DIGITS) for account in names.values()]
    made = b.engine(b.run_spec(*deployments, accounts=accounts), rules=(bound(armed),))
    made.step(arm(digits=f"{DIGITS},{DIGITS}"))
    sent = {one.account: one.oid for one in only(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))}
    assert set(sent) == {"main", "other"}
    made.step(b.command("disarm", "account:main", n=3))
    told = made.step(ev.Timer(ts=at(3), deployment="", name="armed/main"))
    assert [(one.account, one.oid) for one in only(fx.Cancel, told)] == [("main", sent["main"])]
    assert armed.armed_until(made.book, "other") == at(1) + HOUR
