"""disconnect: an alert at once, then a hold, then cancels; it opens a minute after the line is back."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.spec import OutsideSpec
from openbell.core.types import NS
from openbell.parts.rules import disconnect
from tests.core import build as b
from tests.core.build import at, decision, levels, only
from tests.parts.rules.scene import again, bound, engine, gates, link

GATE = ["disconnect/account:main"]


def outside(**options: str) -> Engine:
    made = engine(disconnect, options, accounts=[b.account_spec(outside=OutsideSpec())])
    made.step(link(1, is_up=True))
    ready(made)
    return made


def ready(made: Engine) -> None:
    for contact in made.book.truth.contacts.values():
        contact.is_ready = True


def ring(made: Engine, what: str, ts: int) -> list[fx.Effect]:
    assert made.book.truth.timers[f"/disconnect/{what}/main"] == ts
    return made.step(ev.Timer(ts=ts, deployment="", name=f"disconnect/{what}/main"))


def test_D34_the_stages_follow_each_other_over_a_restart() -> None:
    made = outside()
    entry = b.one(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))
    made.step(b.update(entry, "accepted", ts=at(2)))
    assert ("error", "disconnect/main") in levels(made.step(link(2, is_up=False)))
    assert gates(made) == []
    ring(made, "hold", at(2) + 10 * NS)
    assert gates(made) == GATE
    made = again(made, bound(disconnect))
    found = ring(made, "cancel", at(2) + 60 * NS)
    assert [cancel.oid for cancel in only(fx.Cancel, found)] == [entry.oid]


def test_D34_what_protects_stays_and_so_does_every_entry_of_another_account() -> None:
    kinds = {"alpha": ("AAPL", "main"), "beta": ("MSFT", "main"), "gamma": ("NVDA", "other")}
    deployments = [
        b.deployment_spec(name, instruments=(symbol,), account=account, exits=b.exits(stop_loss="0.05"))
        for name, (symbol, account) in kinds.items()
    ]
    accounts = [b.account_spec(name, outside=OutsideSpec()) for name in ("main", "other")]
    made = b.engine(b.run_spec(*deployments, accounts=accounts), rules=(bound(disconnect),))
    for name in ("main", "other"):
        made.step(ev.Link(ts=at(1), account=name, channel="orders", is_up=True))
    ready(made)
    sent = {}
    for n, (name, (symbol, _)) in enumerate(kinds.items(), 2):
        sent[name] = b.one(fx.Submit, made.step(b.bar(n, 100.0, 1.0, symbol=symbol)))
        made.step(b.update(sent[name], "accepted", ts=at(n)))
    stop = b.one(fx.Submit, made.step(b.fill(sent["alpha"], 100, ts=at(5))))
    made.step(b.update(stop, "accepted", ts=at(5)))
    made.step(link(6, is_up=False))
    found = ring(made, "cancel", at(6) + 60 * NS)
    assert [(cancel.oid, cancel.account) for cancel in only(fx.Cancel, found)] == [(sent["beta"].oid, "main")]


def test_X15_both_stages_have_their_own_time() -> None:
    made = outside(hold="60s", cancel="300s")
    made.step(link(2, is_up=False))
    ring(made, "hold", at(2) + 60 * NS)
    assert gates(made) == GATE
    ring(made, "cancel", at(2) + 300 * NS)


def test_a_line_that_is_closed_with_its_process_is_no_silence() -> None:
    made = outside()
    closed = ev.Link(ts=at(2), account="main", channel="orders", is_up=False, is_meant=True)
    found = made.step(closed)
    assert levels(found) == [("info", "link/main")]
    assert only(fx.Alert, found)[0].text == "main: the order line is closed"
    assert not [timer for timer in made.book.truth.timers if timer.startswith("/disconnect/hold")]


def test_D34_a_line_that_is_back_in_time_holds_nothing_and_a_hold_opens_a_minute_after() -> None:
    made = outside()
    made.step(link(2, is_up=False))
    made.step(link(2, is_up=True))
    ring(made, "hold", at(2) + 10 * NS)
    assert gates(made) == []
    made.step(link(3, is_up=False))
    ring(made, "hold", at(3) + 10 * NS)
    made.step(link(4, is_up=True))
    assert gates(made) == GATE
    ring(made, "clear", at(4) + 60 * NS)
    assert gates(made) == []


def test_D34_the_hold_stays_while_the_line_is_down_again() -> None:
    made = outside()
    made.step(link(2, is_up=False))
    ring(made, "hold", at(2) + 10 * NS)
    made.step(link(3, is_up=True))
    made.step(link(3, is_up=False))
    ring(made, "clear", at(3) + 60 * NS)
    assert gates(made) == GATE


def test_D34_exits_pass_while_it_is_held_and_data_channels_are_not_meant() -> None:
    made = outside()
    b.buy(made, 2, 100.0)
    assert levels(made.step(ev.Link(ts=at(2), account="main", channel="data", is_up=False))) == []
    made.step(link(2, is_up=False))
    ring(made, "hold", at(2) + 10 * NS)
    ready(made)
    assert decision(made.step(b.bar(3, 100.0, 0.0))) == Code.SIGNAL_FLAT


@pytest.mark.parametrize(
    ("is_down", "silent", "found"), [(1, 9, 0), (1, 10, Code.DISCONNECTED), (1, 11, Code.DISCONNECTED), (0, 99, 0)]
)
def test_D34_binds_at_its_time(is_down: int, silent: int, found: int) -> None:
    rule = bound(disconnect)
    assert rule.check(rule.params, disconnect.Facts(is_down, silent * NS)) == found
