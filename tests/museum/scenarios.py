"""Twenty bugs that people reported, as scenarios. Each returns what went wrong; nothing is as it should be."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.museum.stage import FULL, Stage


class Exhibit(NamedTuple):
    """One bug: where it was reported, what happened there, how it is played, and on which stage."""

    source: str
    what: str
    play: Callable[[Stage], list[str]]
    options: dict[str, Any]


def retry_after_late_ack(stage: Stage) -> list[str]:
    stage.wants()
    ticket = stage.accept(stage.last)
    stage.is_mute = True
    stage.told("lost", ticket)
    stage.waits(3)
    stage.told("accepted", ticket)
    stage.is_mute = False
    stage.waits(30)
    for one in list(stage.tickets.values()):
        if not one.venue_order:
            stage.accept(one)
    return stage.problems()


def replace_collides(stage: Stage) -> list[str]:
    stage.wants()
    first = stage.accept(stage.last)
    stage.told("accepted", first)
    stage.moves()
    for one in list(stage.tickets.values()):
        if not one.venue_order:
            stage.accept(one)
    stage.told("cancel_refused", first)
    found = stage.problems()
    stage.waits(60)
    return found + stage.problems()


def fill_replayed_on_reconnect(stage: Stage) -> list[str]:
    ticket = stage.entered()
    stage.link(is_up=False)
    stage.link(is_up=True)
    stage.tell(*ticket.executions)
    stage.waits(40)
    stage.tell(*ticket.executions)
    return stage.problems()


def fill_replayed_after_restart(stage: Stage) -> list[str]:
    ticket = stage.entered()
    stage.restart()
    stage.tell(*ticket.executions)
    stage.waits(40)
    return stage.problems()


def fill_without_our_id(stage: Stage) -> list[str]:
    stage.wants()
    ticket = stage.accept(stage.last)
    stage.tell(stage.execute(ticket)._replace(oid=""))
    stage.told("accepted", ticket)
    stage.waits(40)
    stage.wants()
    return stage.problems()


def fills_of_the_gap(stage: Stage) -> list[str]:
    stage.wants()
    ticket = stage.accept(stage.last)
    stage.told("accepted", ticket)
    stage.link(is_up=False)
    stage.execute(ticket)
    stage.waits(20)
    stage.link(is_up=True)
    stage.waits(20)
    return stage.problems()


def ids_of_the_venue_begin_again(stage: Stage) -> list[str]:
    stage.wants()
    first = stage.accept(stage.last, "1")
    stage.told("accepted", first)
    stage.tell(stage.execute(first, exec_id="1"))
    stage.link(is_up=False)
    stage.waits(60)
    stage.link(is_up=True)
    stage.wants(0)
    second = stage.accept(stage.last, "1")
    stage.told("accepted", second)
    stage.tell(stage.execute(second, exec_id="1"))
    stage.waits(40)
    return stage.problems()


def line_down_for_good(stage: Stage) -> list[str]:
    stage.link(is_up=False)
    before = stage.count("submit")
    for _ in range(5):
        stage.waits(60)
        stage.wants(0)
        stage.wants(1)
    sent = stage.count("submit") - before
    return [f"{sent} orders were sent into a line that is down"] if sent else []


def fill_while_a_change_is_in_flight(stage: Stage) -> list[str]:
    stage.wants()
    first = stage.accept(stage.last)
    stage.told("accepted", first)
    stage.moves()
    stage.fill(first)
    stage.told("cancel_refused", first)
    for one in list(stage.tickets.values()):
        if not one.venue_order:
            stage.told("rejected", one)
    stage.waits(60)
    return stage.problems()


def frames_lost_while_the_heart_beats(stage: Stage) -> list[str]:
    stage.wants()
    ticket = stage.accept(stage.last)
    stage.told("accepted", ticket)
    stage.execute(ticket)
    stage.waits(90)
    return stage.problems()


def cancel_refused_because_it_filled(stage: Stage) -> list[str]:
    stage.wants()
    ticket = stage.accept(stage.last)
    stage.told("accepted", ticket)
    stage.execute(ticket)
    stage.wants(0)
    stage.told("cancel_refused", ticket)
    stage.waits(20)
    stage.wants(1)
    for one in stage.tickets.values():
        if not one.venue_order and one.side == "buy":
            stage.accept(one)
    return stage.problems()


def cancel_refused_for_ever(stage: Stage) -> list[str]:
    stage.wants()
    ticket = stage.accept(stage.last)
    stage.told("accepted", ticket)
    stage.refuses_cancels = True
    stage.wants(0)
    stage.waits(1200)
    count = stage.count("cancel")
    return [f"{count} cancels were sent for one order in 20 minutes"] if count > 10 else []


def database_locked(stage: Stage) -> list[str]:
    stage.wants()
    if not stage.tickets:
        return []
    ticket = stage.accept(stage.last)
    stage.execute(ticket)
    stage.restart()
    stage.waits(60)
    return stage.problems()


def crash_between_send_and_save(stage: Stage) -> list[str]:
    with stage.dying():
        stage.wants()
    ticket = stage.accept(stage.last)
    stage.execute(ticket)
    stage.restart()
    stage.waits(60)
    return stage.problems()


def gap_without_a_stop(stage: Stage) -> list[str]:
    stage.wants()
    ticket = stage.accept(stage.last)
    stage.told("accepted", ticket)
    stage.fill(ticket, 4)
    first = stage.accept(stage.last)
    stage.told("accepted", first)
    stage.unprotected = 0
    stage.fill(ticket, 6)
    if ("cancel", first.oid) in [request[1:] for request in stage.requests]:
        stage.end(first)
        stage.told("cancelled", first)
        for one in list(stage.tickets.values()):
            if not one.venue_order:
                stage.told("accepted", stage.accept(one))
    else:
        stage.told("replaced", first, qty=FULL)
    stage.waits(5)
    found = stage.problems()
    return [*found, f"held without a stop at {stage.unprotected} moments"] if stage.unprotected else found


def absent_is_not_failed(stage: Stage) -> list[str]:
    stage.wants()
    ticket = stage.accept(stage.last)
    stage.hidden_until = stage.now + 4
    stage.told("lost", ticket)
    stage.waits(60)
    for one in list(stage.tickets.values()):
        if not one.venue_order:
            stage.accept(one)
    return stage.problems()


def filled_after_the_cancel(stage: Stage) -> list[str]:
    stage.wants()
    ticket = stage.accept(stage.last)
    stage.told("accepted", ticket)
    stage.wants(0)
    stage.told("cancelled", ticket, filled=0)
    stage.fill(ticket)
    stage.waits(5)
    return stage.problems()


def deaf_data_socket(stage: Stage) -> list[str]:
    stage.wants(0)
    stage.waits(600)
    before = stage.count("submit")
    stage.wants(1, age=540)
    sent = stage.count("submit") - before
    return ["it bought on a bar nine minutes old"] if sent else []


def paper_sends_real_orders(stage: Stage) -> list[str]:
    stage.wants()
    stage.waits(5)
    stage.wants(0)
    count = len(stage.requests)
    return [f"a dry run sent {count} requests to the venue"] if count else []


def children_without_end(stage: Stage) -> list[str]:
    for _ in range(40):
        stage.wants(1)
        for one in list(stage.tickets.values()):
            if not one.venue_order:
                stage.execute(stage.accept(one))
        stage.waits(1)
    return [found for found in stage.problems() if "wanted" in found]


EXHIBITS = (
    Exhibit("nautechsystems/nautilus_trader#4215", "a retry fires after the late ack: two orders", retry_after_late_ack, {}),
    Exhibit("nautechsystems/nautilus_trader#4288", "the new order of a replace is accepted, the old one not cancelled", replace_collides, {"rests": True, "cannot_amend": True}),
    Exhibit("nautechsystems/nautilus_trader#1205", "a fill replayed on reconnect counts again", fill_replayed_on_reconnect, {}),
    Exhibit("nautechsystems/nautilus_trader#3046", "a fill replayed after a restart counts again", fill_replayed_after_restart, {}),
    Exhibit("nautechsystems/nautilus_trader#4970", "an execution without our id is taken for another order", fill_without_our_id, {}),
    Exhibit("QuantConnect/Lean.Brokerages.InteractiveBrokers#249", "fills of a disconnect are never asked for", fills_of_the_gap, {}),
    Exhibit("QuantConnect/Lean.Brokerages.InteractiveBrokers#242", "the venue's numbers begin again after its nightly reset", ids_of_the_venue_begin_again, {}),
    Exhibit("QuantConnect/Lean.Brokerages.InteractiveBrokers#246", "the weekly log-in is missed and the line stays down", line_down_for_good, {}),
    Exhibit("QuantConnect/Lean.Brokerages.TradeStation#84", "a fill is lost while a change is in flight", fill_while_a_change_is_in_flight, {"rests": True, "cannot_amend": True}),
    Exhibit("QuantConnect/Lean.Brokerages.TradeStation#95", "fill frames are lost while heartbeats flow", frames_lost_while_the_heart_beats, {}),
    Exhibit("enarjord/passivbot#514", "a cancel refused because it had filled: bought again", cancel_refused_because_it_filled, {}),
    Exhibit("xLydianSoftware/Qubx#434", "14,000 cancels for one order that lives on", cancel_refused_for_ever, {"stubborn": True}),
    Exhibit("freqtrade/freqtrade#7184", "the order is placed, its row is lost: the database was locked", database_locked, {"locked": True}),
    Exhibit("freqtrade/freqtrade#4653", "the process dies between sending and saving", crash_between_send_and_save, {}),
    Exhibit("freqtrade/freqtrade#5451", "replacing a stop leaves a time without one", gap_without_a_stop, {"protects": True}),
    Exhibit("hummingbot/hummingbot#493", "not found yet is taken for failed: a second order", absent_is_not_failed, {}),
    Exhibit("pst-group/pysystemtrade#1580", "15 orders had filled after their cancel was confirmed", filled_after_the_cancel, {}),
    Exhibit("alpacahq/alpaca-py#740", "the data socket is connected and deaf", deaf_data_socket, {"watches": True}),
    Exhibit("DeviaVir/zenbot#1403", "paper mode sends real orders", paper_sends_real_orders, {"is_dry": True}),
    Exhibit("SEC release 34-70694 (Knight)", "children go on when the parent has filled: 212 orders became 4 million", children_without_end, {}),
)  # fmt: skip
