"""What `status` says of real money and of questions."""

import msgspec

from openbell.cli.shell.people import people_as_data, people_lines
from openbell.core import effects as fx
from openbell.core.spec import OutsideSpec
from openbell.core.types import NS
from openbell.run.clock import WallClock
from tests.core import build as b


def test_an_account_is_named_with_its_money_its_end_and_what_waits() -> None:
    now = WallClock().now()
    account = b.account_spec(
        venue="live", is_real=True, is_simulated=True, digits="4821", outside=OutsideSpec(), currency="USD"
    )
    book = b.book(b.run_spec(b.deployment_spec(), accounts=[account]))
    assert people_lines(book) == [
        "main: SIMULATED, no real money, account ends in 4821, not armed: no new risk (openbell arm)"
    ]
    assert people_as_data(book) == {
        "is_simulated": True, "armed": {"main": {"until": None, "digits": "4821"}}, "waiting": [],
    }  # fmt: skip
    book.truth.timers["/armed/main"] = now + 60 * NS
    question = msgspec.json.encode(b.draft("buy", 18)).decode()
    book.truth.asked["c"] = fx.Ask(id="c", deployment="alpha", advisor="person", question=question, deadline=now + NS)
    first, second = people_lines(book)
    assert "ARMED until" in first
    assert "wants to buy 18 AAPL" in second
    data = people_as_data(book)
    assert (data["waiting"], data["armed"]["main"]["until"] is not None) == (["c"], True)


def test_a_run_without_real_money_has_nothing_to_say() -> None:
    book = b.book(b.run_spec(b.deployment_spec()))
    assert (people_lines(book), people_as_data(book)["is_simulated"]) == ([], False)
