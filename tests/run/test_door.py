"""The way out: an exit is written out from the book, and a dry run lets nothing through but questions."""

from decimal import Decimal

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import OrderType, Side, Tif
from openbell.run.door import DryDoor


class Line:
    """Notes what it is given."""

    def __init__(self) -> None:
        self.sent: list[fx.Effect] = []

    def send(self, effect: fx.Effect, ts: int) -> None:
        self.sent.append(effect)


def submit() -> fx.Submit:
    return fx.Submit(
        oid="AAAAAA-1", index=1, account="main", deployment="alpha", instrument="SPY", side=Side.BUY, qty=Decimal(1),
        type=OrderType.MARKET, tif=Tif.DAY,
    )  # fmt: skip


def test_B28_a_dry_run_asks_its_venue_and_sends_it_nothing() -> None:
    line, told = Line(), list[ev.Event]()
    door = DryDoor(line, told.extend)
    question = fx.Query(account="main")
    for effect in (question, submit(), fx.Cancel(oid="AAAAAA-1", account="main"), fx.Resend(oid="A", account="main")):
        door.send(effect, 5)
    assert line.sent == [question]
    (answer,) = told
    assert isinstance(answer, ev.OrderUpdate)
    assert (answer.oid, answer.happening, answer.code) == ("AAAAAA-1", "rejected", Code.DRY_RUN)
