"""What is shown of a book besides its truth."""

from openbell.core.book import Book
from openbell.run.money import in_money
from openbell.run.web.follow import Follower
from openbell.run.web.sight import Sight
from tests.run.web.stage import played


def test_every_standard_rule_is_shown_in_force_or_off_with_its_reason() -> None:
    spec = Follower(played()).book.spec
    with in_money():
        found = Sight(played(), spec, None).rows(Book(spec))
    limits = found["limits"]
    assert limits["main/daily_loss"]["state"] == "ok" and limits["main/daily_loss"]["why_off"] == ""
    assert (limits["main/drawdown"]["state"], limits["main/drawdown"]["why_off"]) == ("off", "the file leaves it out")
    assert "daily volume" in limits["main/liquidity"]["why_off"]
    assert found["instruments"].keys() == {"AAA", "BBB"}
