"""Orders and positions are told with the numbers of their fills."""

import asyncio
import hashlib
import hmac
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from openbell.core.apply import apply_event
from openbell.edges.alerts.posting import encoded
from openbell.report.recorder import Recorder
from openbell.run.alerts.orders import Orders, Part
from openbell.run.alerts.told import At, Told
from tests.checklist.market import FLAT, LONG, Market, config, deployment, row, rows
from tests.core import build as b
from tests.core.test_ledger import sent
from tests.edges.alerts.fakes import front
from tests.run.alerts.stage import carried, history, market, notifier, watched

OFF = "[]"


def of(found: list[tuple[str, dict[str, str]]], event: str) -> list[dict[str, str]]:
    return [fields for name, fields in found if name == event]


def test_a_round_trip_is_told_with_the_numbers_of_its_fills(tmp_path: Path) -> None:
    found = watched(market(tmp_path, OFF))
    filled = of(found, "order_filled")
    assert [(one["side"], one["symbol"], one["price"]) for one in filled] == [
        ("BUY", "AAA", "$100.00"), ("SELL", "AAA", "$103.00"),
    ]  # fmt: skip
    (opened,), (closed,) = of(found, "position_opened"), of(found, "position_closed")
    qty = int(filled[0]["qty"].replace(",", ""))
    assert filled[0]["total"] == f"${qty * 100:,}.00"
    assert (opened["action"], opened["side"], opened["qty"]) == ("OPENED", "LONG", filled[0]["qty"])
    assert (closed["action"], closed["result"]) == ("CLOSED", f"+${qty * 3:,}.00")


def test_a_stop_is_told_as_one(tmp_path: Path) -> None:
    entry = deployment(more="exits: {stop_loss: 2%}")
    found = watched(market(tmp_path, OFF, ((100, LONG), 100, 90, 90), deployments=[entry]))
    (stopped,) = of(found, "stop_loss_triggered")
    assert stopped["result"].startswith("-$")
    assert len(of(found, "position_closed")) == 1


def test_orders_that_end_without_a_fill_are_told(tmp_path: Path) -> None:
    entry = deployment(more="exits: {stop_loss: 20%, take_profit: 50%}")
    found = watched(market(tmp_path, OFF, ((100, LONG), 100, (103, FLAT), 103, 103), deployments=[entry]))
    assert [(one["side"], one["qty"]) for one in of(found, "order_cancelled")] == [("SELL", "100")] * 2
    assert len(of(found, "order_submitted")) == 4


def test_S3_041_what_is_sent_filled_and_taken_back_is_told_as_of_an_order(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there:
            entry = deployment(more="exits: {stop_loss: 20%}")
            listed, path = f"[{{url: '{there.url}/x', level: info}}]", ((100, LONG), 100, (103, FLAT), 103, 103)
            one = notifier(market(tmp_path, listed, path, deployments=[entry]))
            await carried(one)
            one.close()
            told = [(asked.body["event"], asked.body["text"]) for asked in there.taken if asked.body["kind"] == "order"]
            assert [(event, text.partition(" (")[0]) for event, text in told] == [
                ("order_submitted", "BUY 100 AAA sent as a market order"),
                ("order_filled", "BUY 100 AAA at $100.00, total $10,000.00 in main"),
                ("order_submitted", "SELL 100 AAA sent as a stop order at $80.00"),
                ("order_submitted", "SELL 100 AAA sent as a market order"),
                ("order_filled", "SELL 100 AAA at $103.00, total $10,300.00 in main"),
                ("order_cancelled", "SELL AAA cancelled, 100 left"),
            ]

    asyncio.run(play())


def test_a_dry_run_tells_what_it_would_have_sent_and_no_refusal(tmp_path: Path) -> None:
    made = Market(tmp_path, config(head="mode: dry_run"), rows([(100, LONG), 100]))
    made.live()
    found = watched(made)
    assert len(of(found, "order_submitted")) == 1
    assert of(found, "order_rejected") == []


# --- each execution for itself ----------------------------------------------------------------------------------


def in_parts(folder: Path, alerts: str) -> Market:
    """Return an ended run whose two orders are filled in parts: a bar has half of what they want."""
    path = [(100, LONG), *((100, 60),) * 4, (104, FLAT), *((104, 60),) * 4]
    bars = [row(f"2024-01-02 00:{n // 6:02}:{n % 6}0", px, wish) for n, (px, wish) in enumerate(path)]
    terms = config(head=f"alerts: {alerts}", bars="10s", account="cash: 100000 USD, participation: 50%",
                   deployments=[deployment(bars="10s")])  # fmt: skip
    made = Market(folder, terms, bars)
    made.live()
    return made


def test_a_webhook_gets_each_execution_once_signed_and_in_order(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there:
            books = f"{{name: books, url: '{there.url}/books', secret: not told, level: critical, digest: 1h, kinds: {{fill: info}}}}"
            people = f"{{url: '{there.url}/people', level: info}}"
            made = in_parts(tmp_path, f"{{channels: [{books}, {people}], quiet: '00:00-23:59'}}")
            for _ in range(2):
                # The second process finds what the first one has told.
                one = notifier(made)
                await carried(one)
                one.close()
            posts = [asked for asked in there.taken if asked.path == "/books"]
            fills = made.told.fills
            assert len(fills) > 2
            told = [asked.body["fields"] for asked in posts]
            # Neither a digest nor quiet hours hold them back.
            assert [(one["execution"], one["qty"], one["price"], one["order"]) for one in told] == [
                (fill.exec_id, f"{fill.qty:f}", f"{fill.px:f}".rstrip("0").rstrip("."), fill.oid) for fill in fills
            ]
            assert sum(Decimal(one["fee"]) for one in told) == sum(fill.fee for fill in fills)
            assert {(one["what"], one["currency"], one["account"]) for one in told} == {("execution", "USD", "main")}
            marks = [asked.headers["Idempotency-Key"] for asked in posts]
            assert len(set(marks)) == len(marks) == len(fills)
            for asked in posts:
                signed = hmac.new(b"not told", encoded(asked.body), hashlib.sha256).hexdigest()
                assert asked.headers["X-OpenBell-Signature"] == f"sha256={signed}"
            # Who has not asked for them is told of orders, as ever.
            assert "fill" not in [asked.body["event"] for asked in there.taken if asked.path == "/people"]

    asyncio.run(play())


def test_where_nobody_asks_for_executions_none_is_kept(tmp_path: Path) -> None:
    async def play() -> None:
        async with front() as there:
            made = market(tmp_path, f"[{{url: '{there.url}/x', level: info}}]")
            one = notifier(made)
            await carried(one)
            one.close()
            assert "fill" not in [row.event for row in history(made.state)]

    asyncio.run(play())


def test_a_correction_and_what_is_taken_back_are_told_with_what_they_correct() -> None:
    book = b.book()
    recorder = Recorder(book.spec)
    recorder.begin(book)
    parts: dict[str, Part] = {}
    orders, order = Orders(book, recorder, parts), sent(book, "buy", 10)
    first = b.fill(order, 100, exec_id="a")
    changed = replace(first, exec_id="b", supersedes="a", qty=Decimal(9))
    words = [first, first, changed, replace(changed, exec_id="c", supersedes="b", is_bust=True)]
    found: list[list[Told]] = []
    for seq, word in enumerate(words):
        apply_event(book, word)
        recorder.watch(book, word, [])
        known = book.truth.orders[order.oid]
        found.append([told for one in book.dealt for told in orders.gather(At(seq, word.ts), one, known, Decimal(0))])
    # What a venue says twice is told once.
    assert [[(one.fields["what"], one.fields["corrects"], one.fields["qty"]) for one in told] for told in found] == [
        [("execution", "", "10")], [], [("correction", "a", "9")], [("taken back", "b", "9")],
    ]  # fmt: skip
    marks = [one.mark for told in found for one in told]
    assert len(set(marks)) == 3
    assert parts == {}, "nothing is left that could be told of"
    assert all(mark.startswith("fill-") and mark.isascii() for mark in marks)
