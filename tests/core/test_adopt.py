"""What is taken over, what is given away, and who stands still in between."""

from openbell.core import adopt
from openbell.core import effects as fx
from openbell.core.book import EXTERNAL
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.risk import review
from openbell.core.spec import OutsideSpec, SizeSpec
from openbell.core.types import Caps, Status
from tests.core import build as b
from tests.core.afar import Afar
from tests.core.build import d, exits

PROTECTED = {"exits": exits(stop_loss="0.05")}


def sold(*deployments: object, qty: object = 10) -> Afar:
    """Return an account whose deployment holds 10, of which somebody has sold some by hand."""
    afar = Afar(*deployments)
    afar.hold()
    afar.trade("sell", qty, 101)
    return afar


def test_F63_a_manual_sale_freezes_the_deployment_and_its_exit_is_clamped() -> None:
    afar = sold(qty=4)
    assert list(afar.engine.book.truth.frozen) == ["alpha"]
    exit_order = b.one(fx.Submit, afar.bar(100.0, 0.0))
    assert (exit_order.qty, exit_order.reduce_only) == (6, True)


def test_F63_nothing_is_left_to_exit_after_everything_was_sold_by_hand() -> None:
    afar = sold()
    sent = len(afar.sent())
    assert b.decision(afar.bar(100.0, 0.0)) == Code.WOULD_FLIP
    assert len(afar.sent()) == sent
    assert review(afar.engine.book, (), b.draft("sell", 1, reduce_only=True), afar.ts).codes == (Code.WOULD_FLIP,)


def test_F63_nobody_turns_round_out_of_what_was_sold_by_hand() -> None:
    afar = sold(b.deployment_spec(can_short=True))
    sent = len(afar.sent())
    assert b.decision(afar.bar(100.0, -1.0)) == Code.WOULD_FLIP
    assert len(afar.sent()) == sent


def test_B20_the_stop_of_what_was_sold_by_hand_is_taken_back() -> None:
    afar = Afar(b.deployment_spec(**PROTECTED))
    afar.hold()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    afar.trade("sell", 10, 101)
    assert stop.status is Status.CANCELLING
    part = Afar(b.deployment_spec(**PROTECTED), account={"caps": Caps(oco=False)})
    part.hold()
    stop = part.order()
    part.say(stop, "accepted", venue_order="V2")
    part.trade("sell", 4, 101)
    assert part.sent(fx.Amend)[-1].qty == 6


def test_F63_an_entry_filled_against_what_was_sold_by_hand_before_freezes_its_deployment() -> None:
    afar = Afar()
    entry = afar.enter()
    afar.say(entry, "accepted", venue_order="V1")
    afar.trade("sell", 10, 100)
    assert afar.engine.book.truth.frozen == {}
    afar.fill(entry, 100, venue_order="V1")
    assert list(afar.engine.book.truth.frozen) == ["alpha"]
    afar.command("adopt", "instrument:AAPL")
    assert (afar.qty(), afar.qty(EXTERNAL), afar.engine.book.truth.frozen) == (0, 0, {})
    afar.check()


def test_a_manual_purchase_beside_a_deployment_freezes_nobody() -> None:
    afar = Afar()
    afar.hold()
    afar.trade("buy", 5, 100)
    assert (afar.engine.book.truth.frozen, afar.qty(EXTERNAL)) == ({}, 5)
    assert b.one(fx.Submit, afar.bar(100.0, 0.0)).qty == 10


def test_adopt_takes_off_the_deployment_what_was_sold_by_hand_and_thaws_it() -> None:
    afar = sold(qty=4)
    equity = afar.engine.book.truth.accounts["main"].equity
    afar.command("adopt", "instrument:AAPL")
    assert (afar.qty(), afar.qty(EXTERNAL), afar.engine.book.truth.frozen) == (6, 0, {})
    assert afar.engine.book.truth.accounts["main"].equity == equity
    afar.wait(60)
    assert afar.engine.book.truth.mismatched == {}
    afar.check()


def test_adopt_takes_the_venues_figure_clears_the_mismatch_and_is_on_record() -> None:
    afar = Afar()
    afar.hold()
    afar.positions["AAPL"] = d(25)
    afar.wait(40)
    assert list(afar.engine.book.truth.mismatched) == ["main/AAPL"]
    afar.command("adopt", "instrument:AAPL")
    assert (afar.qty(), afar.qty(EXTERNAL), afar.engine.book.truth.mismatched) == (10, 15, {})
    effect = b.one(fx.Adjust, afar.effects)
    assert (effect.before, effect.after, effect.cause) == ("0", "15", "adopted by op: looked")
    assert f"adjustment/{effect.id}" in afar.alerts()
    afar.check()


def test_adopt_after_a_sale_that_no_stream_told() -> None:
    afar = Afar()
    afar.hold()
    afar.positions["AAPL"] = d(3)
    afar.wait(40)
    assert list(afar.engine.book.truth.frozen) == ["alpha"]
    # The venue holds 3: nothing may be sold beyond that.
    assert review(afar.engine.book, (), b.draft("sell", 4, reduce_only=True), afar.ts).codes == (Code.WOULD_FLIP,)
    afar.command("adopt", "instrument:AAPL")
    assert (afar.qty(), afar.qty(EXTERNAL)) == (3, 0)
    assert (afar.engine.book.truth.frozen, afar.engine.book.truth.mismatched) == ({}, {})


def test_what_was_sold_by_hand_during_a_mismatch_freezes_once_the_venue_agrees() -> None:
    afar = Afar()
    afar.hold()
    afar.positions["AAPL"] = d(12)
    afar.wait(40)
    afar.positions["AAPL"] = d(10)
    afar.trade("sell", 1, 101, time=b.at(60))
    truth = afar.engine.book.truth
    assert (list(truth.mismatched), truth.frozen) == (["main/AAPL"], {}), "the venue still tells more than alpha holds"
    afar.wait(600)
    assert (truth.mismatched, list(truth.frozen)) == ({}, ["alpha"])
    assert (afar.qty(), afar.qty(EXTERNAL)) == (10, -1)
    afar.check()


def test_adopt_takes_off_what_was_sold_by_hand_while_book_and_venue_disagreed() -> None:
    """What the venue told first was the execution that nobody had heard of yet; what it told then, that it is gone."""
    afar = Afar()
    entry = afar.enter()
    afar.say(entry, "accepted", venue_order="V1")
    afar.wait(30)
    done = afar.ts
    afar.positions, afar.cash = {"AAPL": d(10)}, {"USD": d(99_000)}
    while not afar.engine.book.truth.mismatched:
        afar.wait(10)
    afar.positions = {}
    afar.fill(entry, 100, venue_order="V1", time=done)
    afar.positions, afar.cash = {}, {"USD": d(100_000)}
    afar.wait(120)
    assert (afar.qty(), afar.contact.positions) == (10, {})
    afar.command("adopt", "instrument:AAPL")
    assert (afar.qty(), afar.qty(EXTERNAL), afar.engine.book.truth.mismatched) == (0, 0, {})
    afar.check()


def test_adopt_waits_until_the_venue_has_told_something() -> None:
    afar = Afar(is_up=False)
    found = afar.command("adopt")
    assert [alert.key for alert in b.only(fx.Alert, found)] == ["adopt/c1"]
    assert b.only(fx.Adjust, found) == []


def test_what_has_no_price_yet_is_not_adopted_and_is_no_profit_once_it_has_one() -> None:
    afar = Afar(b.deployment_spec("alpha", instruments=("AAPL", "MSFT")), is_up=False)
    afar.positions["MSFT"] = d(-6)
    afar.cash["USD"] = d(100_600)
    afar.link()
    afar.wait(40)
    truth = afar.engine.book.truth
    assert list(truth.mismatched) == ["main/MSFT"]
    found = afar.command("adopt", "account:main")
    (alert,) = b.only(fx.Alert, found)
    assert (alert.level, alert.text) == ("error", "main MSFT has no price yet; adopt again when it has")
    assert (b.only(fx.Adjust, found), list(truth.mismatched)) == ([], ["main/MSFT"])
    afar.bar(100.0, symbol="MSFT")
    afar.wait(600)
    assert (afar.qty(EXTERNAL, "MSFT"), truth.mismatched) == (-6, {})
    account = truth.accounts["main"]
    assert (account.equity, account.trading_result) == (100_000, 0)
    afar.check()


def test_release_hands_the_position_over_takes_its_orders_back_and_thaws() -> None:
    afar = Afar(b.deployment_spec(**PROTECTED))
    afar.hold()
    stop = afar.order()
    afar.say(stop, "accepted", venue_order="V2")
    afar.trade("sell", 4, 101)
    afar.command("release", "deployment:alpha")
    assert (afar.qty(), afar.qty(EXTERNAL), afar.engine.book.truth.frozen) == (0, 6, {})
    assert stop.status is Status.CANCELLING
    account = afar.engine.book.truth.accounts["main"]
    assert account.equity == account.cash["USD"] + 6 * d(101)
    afar.wait(60)
    assert afar.engine.book.truth.mismatched == {}
    afar.check()


def opposite() -> Afar:
    """Return an account of which alpha holds 10 and beta -4."""
    beta = b.deployment_spec("beta", can_short=True, size=SizeSpec(kind="quantity", value=d(4)))
    mirror = b.free(lambda config, state, one_bar, view: [fx.Intent(instrument="AAPL", target=-1.0)])
    afar = Afar(b.deployment_spec(), beta, account={"netting": True}, strategies={"beta": mirror})
    long, short = b.only(fx.Submit, afar.bar(100.0, 1.0))
    for number, order in enumerate((long, short)):
        afar.say(order, "accepted", venue_order=f"V{number}")
        afar.fill(order, 100, venue_order=f"V{number}")
    assert (afar.qty(), afar.qty("beta"), afar.engine.book.truth.frozen) == (10, -4, {})
    return afar


def test_B12_release_freezes_who_holds_the_other_side_of_what_it_hands_over() -> None:
    """What is handed over, -4, is nobody's to buy back any more: of the 10 of alpha the account has 6."""
    afar = opposite()
    found = afar.command("release", "deployment:beta")
    assert (afar.qty(), afar.qty("beta"), afar.qty(EXTERNAL)) == (10, 0, -4)
    assert list(afar.engine.book.truth.frozen) == ["alpha"]
    assert ("critical", "frozen/alpha") in b.levels(found)
    afar.command("adopt", "instrument:AAPL")
    assert (afar.qty(), afar.qty(EXTERNAL), afar.engine.book.truth.frozen) == (6, 0, {})
    afar.check()


def test_release_of_both_sides_at_once_freezes_nobody() -> None:
    afar = opposite()
    afar.command("release", "account:main")
    assert (afar.qty(), afar.qty("beta"), afar.qty(EXTERNAL), afar.engine.book.truth.frozen) == (0, 0, 6, {})


def test_release_of_another_scope_touches_nothing() -> None:
    afar = Afar(b.deployment_spec(), b.deployment_spec("beta", instruments=("MSFT",)))
    afar.hold()
    afar.command("release", "deployment:beta")
    assert (afar.qty(), afar.sent(fx.Adjust)) == (10, [])


def test_F65_only_who_holds_against_the_sale_is_frozen() -> None:
    afar = Afar(b.deployment_spec(), b.deployment_spec("beta", instruments=("MSFT",)))
    afar.hold()
    afar.trade("sell", 4, 101)
    assert list(afar.engine.book.truth.frozen) == ["alpha"]


def test_each_account_has_its_own_external_holding() -> None:
    other = b.account_spec("other", outside=OutsideSpec())
    afar = Afar(b.deployment_spec(), b.deployment_spec("beta", account="other"), accounts=(other,))
    afar.trade("buy", 5, 100)
    afar.trade("buy", 7, 100, account="other")
    assert (afar.qty(EXTERNAL), afar.qty("external/other")) == (5, 7)


# --- an adjustment -------------------------------------------------------------------------------------------------


def adjusted(made: Engine, qty: object, cost: object, name: str = "alpha") -> list[fx.Effect]:
    changed = {"qty": d(qty), "cost": d(cost), "before": "0", "after": str(qty)}
    made.desk.begin(b.at(3))
    adopt.adjust(
        made.traders,
        fx.Adjust(account="main", cause="statement", id="a", deployment=name, instrument="AAPL", **changed),
    )
    return made.desk.out


def guarded() -> Engine:
    made = b.engine(b.run_spec(b.deployment_spec(exits=exits(stop_loss="0.02"))))
    made.step(b.bar(1, 100.0))
    return made


def test_B13_an_adjustment_is_told_with_its_cause_and_protected() -> None:
    found = adjusted(guarded(), 10, 1000)
    assert b.levels(found) == [("warning", "adjustment/a")]
    assert "statement (before 0, after 10)" in b.one(fx.Alert, found).text
    assert (b.one(fx.Submit, found).qty, b.one(fx.Submit, found).stop) == (10, 98)


def test_an_adjustment_of_what_no_deployment_owns_is_only_told() -> None:
    assert len(adjusted(guarded(), 10, 1000, "")) == 2


def test_rejected_protection_of_an_adopted_holding_exposes_it_too() -> None:
    made = guarded()
    stop = b.one(fx.Submit, adjusted(made, 10, 1000))
    assert ("critical", "exposed/alpha/AAPL") in b.levels(made.step(b.update(stop, "rejected")))


def test_adopt_thaws_nobody_outside_its_scope() -> None:
    other = b.account_spec("other", outside=OutsideSpec())
    afar = Afar(b.deployment_spec(), b.deployment_spec("beta", account="other"), accounts=(other,))
    afar.link(account="other")
    afar.bar(100.0, 1.0)
    order = afar.order()
    afar.say(order, "accepted", venue_order="V1")
    afar.fill(order, 100, 15)
    assert list(afar.engine.book.truth.frozen) == ["beta"], "its order executed more than it was for"
    afar.command("adopt", "account:main")
    assert list(afar.engine.book.truth.frozen) == ["beta"]
    afar.state(account="other")
    afar.command("adopt", "account:other")
    assert afar.engine.book.truth.frozen == {}
    afar.check()


def test_who_still_lacks_another_instrument_stays_frozen_behind_an_adopt_of_one() -> None:
    afar = Afar(b.deployment_spec(instruments=("AAPL", "MSFT")))
    for number, symbol in enumerate(("AAPL", "MSFT")):
        afar.fill(afar.enter(symbol=symbol), 100, venue_order=f"V{number}")
    for symbol in ("AAPL", "MSFT"):
        afar.trade("sell", 4, 100, symbol=symbol)
    for symbol, frozen in (("AAPL", ["alpha"]), ("MSFT", [])):
        afar.command("adopt", f"instrument:{symbol}")
        assert list(afar.engine.book.truth.frozen) == frozen
