"""`openbell run` while the venue takes nothing from this address: what leaves, what ends, what is said."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from openbell import OrderManager, OrderRequest, OrderSide, OrderType
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.contact import Contact
from openbell.core.types import NS
from openbell.run.reading import read_book
from openbell.run.records import Entry, Unlike, entries
from tests.cli.process import until
from tests.edges.brokers.stage import Stage, refusals_of_truth

CONFIG = """
mode: paper
accounts:
  main: {{broker: binance, key: "${{BINANCE_KEY}}", secret: "${{BINANCE_SECRET}}", url: "{url}", cash: 100000 USDT,
         query_gap: 1s, visibility: 1s, reconcile: 1s}}
deployments:
  - name: hand
    strategy: {{kind: manual}}
    instruments: [BTCUSDT]
    bars: 1m
    account: main
    budget: {{capital: 50000 USDT, per_position: 50%}}
"""
FRONT = ("--speed", "60x", "--symbols", "BTCUSDT", "--control-port", "0")
BANS_S = (4, 8, 16, 32, 64, 128)
"""How long the address is shut: where the machine is too slow to act meanwhile, it is shut again for longer."""
SENT = ("request", "turned_away", "connected")
"""What a front writes down of whoever comes."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A front whose minutes take a second, with an operator's port."""
    made = Stage(tmp_path, "binance", CONFIG, *FRONT)
    yield made
    made.end(made.front)


def shut_for(stage: Stage, seconds: int) -> None:
    """Let the front answer the next look at the account with 418."""
    fault = {"do": "ban", "at": "account", "lasts": f"{seconds}s"}
    port = stage.entries("opened")[0]["ports"][-1]
    token = (stage.folder / "front.token").read_text().strip()
    data, headers = json.dumps(fault).encode(), {"Authorization": f"Bearer {token}"}
    with urlopen(Request(f"http://127.0.0.1:{port}/fault", data=data, headers=headers)) as answer:
        assert answer.status == 200


def book_of(stage: Stage) -> Book | None:
    """Return the book as the journal tells it, None before there is one."""
    try:
        return read_book(stage.folder / "state" / "journal").book
    except (Unlike, OSError):
        return None


def contact(stage: Stage) -> Contact:
    book = book_of(stage)
    return book.truth.contacts.get("main", Contact()) if book is not None else Contact()


def held(stage: Stage) -> bool:
    book = book_of(stage)
    return book is not None and book.position("hand", "BTCUSDT").qty > 0


def order(stage: Stage, side: OrderSide, qty: str) -> tuple[OrderRequest, bool, str]:
    """Hand the run an order; return it, whether it was taken, and what was said of it."""
    request = OrderRequest(symbol="BTCUSDT", side=side, quantity=float(qty), order_type=OrderType.MARKET)
    return request, *OrderManager(stage.folder / "state").submit_order(request)


def banned(stage: Stage, seconds: int) -> tuple[str, str]:
    """Hold a coin, be shut out, ask for more of it and for its sale.

    Return the exit's id and why more was refused, empty where the address was open again by then.
    """
    until(lambda: contact(stage).is_ready, "the account")
    until(lambda: order(stage, OrderSide.BUY, "0.02")[1], "an entry that is taken")
    until(lambda: held(stage), "a holding")
    shut_for(stage, seconds)
    until(lambda: contact(stage).why.startswith("418 "), "the line to be told down")
    _, is_taken, why = order(stage, OrderSide.BUY, "0.01")
    leave, is_sent, told = order(stage, OrderSide.SELL, "0.03" if is_taken else "0.02")
    assert is_sent, told
    until(lambda: not held(stage) and contact(stage).is_ready, "the exit, and the account compared")
    return leave.order_id, "" if is_taken else why


def behind(records: list[Entry], word: str) -> list[Entry]:
    """Return the records from the last one on by which the line was told down with such a word."""
    told = [n for n, one in enumerate(records) if isinstance(one.event, ev.Link) and word in one.event.text]
    return records[told[-1] :]


@pytest.mark.slow
def test_F55_while_the_address_is_shut_nothing_leaves_and_the_exit_goes_first(stage: Stage) -> None:
    run = stage.engine()
    try:
        for seconds in BANS_S:
            leave, why = banned(stage, seconds)
            if why:
                break
    finally:
        stage.end(run)
    words = f"418 -1003 Way too many requests; IP banned for a while; nothing is sent there for {seconds} s, until "
    assert why.startswith(f"R210 not_ready, the order line of main is down: {words}")
    # As the front counts: behind the answer that shut the address nobody came before it was over, and then the exit.
    lines = [json.loads(line) for line in stage.log.read_text().splitlines()]
    shut = max(n for n, one in enumerate(lines) if one["kind"] == "fault" and one.get("what") == "ban")
    first = next(one for one in lines[shut + 1 :] if one["kind"] in SENT)
    assert (first["kind"], first.get("method"), first["asked"].get("newClientOrderId")) == ("request", "POST", leave)
    assert first["time"] >= lines[shut]["time"] + seconds * NS
    # Nobody sent it twice, and nobody sent the entry.
    posted = [one["asked"]["newClientOrderId"] for one in lines if one.get("method") == "POST"]
    assert len(posted) == len(set(posted))
    told = behind(list(entries(stage.folder / "state" / "journal")), "418")
    submitted = [effect for one in told for effect in one.effects if isinstance(effect, fx.Submit)]
    assert [(one.oid, one.reduce_only) for one in submitted] == [(leave, True)]
    # A person is told, with the venue's words and until when; and the account was compared behind it.
    alerts = [effect.text for effect in told[0].effects if isinstance(effect, fx.Alert) and effect.level == "error"]
    assert any(words in text and text.endswith("cancels and exits go first then") for text in alerts)
    opened = next(n for n, one in enumerate(told) if isinstance(one.event, ev.Link) and one.event.is_up)
    after = [effect for one in told[opened:] for effect in one.effects]
    assert any(isinstance(one, fx.Compared) and one.is_ready for one in after)
    assert refusals_of_truth(stage.journal()) == []
