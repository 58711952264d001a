"""watch: a look every thirty seconds, one alert for each threshold that is passed."""

import pytest
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.engine import Engine
from openbell.core.spec import SizeSpec
from openbell.core.types import NS
from openbell.parts.rules import watch
from tests.core import build as b
from tests.core.build import at, d, only
from tests.parts.rules.scene import again, bound

OFF = dict.fromkeys(("exposure", "weekly_loss", "position", "concentration", "slippage"), "off")
LOOK = 30 * NS


def watched(*deployments: object, **options: object) -> Engine:
    """Return an engine that looks at what is named only."""
    spec = b.run_spec(*(deployments or (whole(),)))  # type: ignore[arg-type]  # deployments
    return b.engine(spec, rules=(bound(watch, **{**OFF, "trades": 0, **options}),))


def whole(name: str = "alpha", **changes: object) -> object:
    return b.deployment_spec(name, size=SizeSpec(kind="quantity", value=d(100)), **changes)


def pass_time(made: Engine, until: int) -> list[tuple[int, fx.Effect]]:
    """Deliver every timer due up to `until`, as the loop does; return all effects with their instants."""
    found: list[tuple[int, fx.Effect]] = []
    timers = made.book.truth.timers
    while timers and min(timers.values()) <= until:
        key = min(timers, key=lambda name: timers[name])
        when = timers[key]
        deployment, _, name = key.partition("/")
        found += [(when, effect) for effect in made.step(ev.Timer(ts=when, deployment=deployment, name=name))]
    return found


def alerts(made: Engine, until: int) -> list[str]:
    """Return the keys of all alerts given until then, those of a rule that fell over too."""
    return [effect.key for _, effect in pass_time(made, until) if isinstance(effect, fx.Alert)]


@pytest.mark.parametrize(("options", "seconds"), [({}, 30), ({"every": "30s"}, 30), ({"every": "75s"}, 75)])
def test_S4_it_looks_as_often_as_is_said_while_a_market_is_open(options: dict[str, str], seconds: int) -> None:
    made = watched(**options)
    made.step(b.bar(1, 100.0))
    looks = [when for when, effect in pass_time(made, at(11)) if isinstance(effect, fx.SetTimer)]
    assert looks == [at(1) + n * seconds * NS for n in range(1, 600 // seconds + 1)]


def test_S4_it_looks_every_thirty_seconds_and_begins_again_with_the_next_session() -> None:
    made = watched(exposure="8%")
    made.step(b.bar(1, 100.0))
    pass_time(made, at(11))
    # A second bar sets no second timer.
    assert b.only(fx.SetTimer, made.step(b.bar(11, 100.0))) == []
    made.step(b.session(0, is_open=False))
    pass_time(made, at(1500))
    assert not made.book.truth.timers
    made.step(b.session(1))
    effects = made.step(b.bar(1441, 100.0))
    assert b.one(fx.SetTimer, effects).at == at(1441) + LOOK


def crossing(options: dict[str, str], key: str, path: list[tuple[float, bool]], bought: float = 70.0) -> None:
    """Hold a hundred units bought at a price, let the price go along, and compare where the alert is given."""
    made = watched(**options)
    b.buy(made, 1, bought)
    for n, (px, is_told) in enumerate(path, 2):
        made.step(b.bar(n, px, 1.0))
        assert alerts(made, at(n) + LOOK) == ([key] if is_told else []), (n, px)


# Of an equity near a hundred thousand; a fifth below the threshold it is armed again.
@pytest.mark.parametrize(
    ("options", "key", "path"),
    [
        (
            {"exposure": "8%"}, "watch_exposure/main",
            [(79.0, False), (81.0, True), (82.0, False), (65.0, False), (81.0, False), (63.0, False), (81.0, True)],
        ),
        (
            {"position": "8%"}, "watch_position/main",
            [(79.0, False), (81.0, True), (65.0, False), (81.0, False), (63.0, False), (81.0, True)],
        ),
        (
            {"concentration": "8%"}, "watch_concentration/main",
            [(79.0, False), (81.0, True), (65.0, False), (81.0, False), (63.0, False), (81.0, True)],
        ),
        (
            {"concentration": "10%"}, "watch_concentration/main",
            [(103.0, False), (104.0, True), (81.0, False), (104.0, False), (80.0, False), (104.0, True)],
        ),
        (
            # Bought at 70: at 20 it has lost 5,000.
            {"weekly_loss": "5%"}, "watch_weekly_loss/main",
            [(20.5, False), (20.0, True), (19.0, False), (30.0, False), (20.0, False), (31.0, False), (20.0, True)],
        ),
    ],
)  # fmt: skip
def test_S4_one_alert_at_the_crossing_and_another_only_after_it_was_a_fifth_smaller(
    options: dict[str, str], key: str, path: list[tuple[float, bool]]
) -> None:
    crossing(options, key, path)


def test_S4_185_the_loss_of_a_week_adds_up_over_its_sessions_and_the_next_begins_anew() -> None:
    made = watched(b.deployment_spec(size=SizeSpec(kind="quantity", value=d(1000))), weekly_loss="5%")
    b.buy(made, 1, 70.0)

    def told(date: str, day: int, *closes: float) -> list[list[str]]:
        made.step(replace(b.session(day), date=date))
        found = []
        for n, px in enumerate(closes, day * 1440 + 1):
            made.step(b.bar(n, px, 1.0))
            found.append(alerts(made, at(n) + LOOK))
        return found

    key = ["watch_weekly_loss/main"]
    # 2,500 on Monday, 2,400 on Friday, and with the next hundred it is five percent of the week's hundred thousand.
    assert told("2026-11-16", 1, 70.0, 67.5) == [[], []]
    assert told("2026-11-20", 5, 65.1, 65.0, 64.0) == [[], key, []]
    # On Monday nothing of it counts any more: of the 94,000 that are left it is 4,700.
    assert told("2026-11-23", 8, 64.0, 59.31, 59.3) == [[], [], key]


def test_S4_a_large_position_is_told_from_a_twentieth_of_equity_on_once() -> None:
    # Bought at 40: a hundred units at 50 are 4.95 percent of the equity of then, at 51 5.04, at 40.5 4.05, at 39 3.9.
    path = [(50.0, False), (51.0, True), (40.5, False), (51.0, False), (39.0, False), (51.0, True)]
    crossing({"position": "5%"}, "watch_position/main", path, 40.0)


def test_S4_an_instrument_is_counted_over_all_strategies_and_a_position_is_one_strategys() -> None:
    both = (whole(), whole("beta"))
    for name, is_told in (("position", False), ("concentration", True)):
        made = watched(*both, **{name: "10%"})
        orders = b.only(fx.Submit, made.step(b.bar(1, 60.0, 1.0)))
        assert len(orders) == 2
        for order in orders:
            made.step(b.fill(order, 60))
        assert alerts(made, at(1) + LOOK) == ([f"watch_{name}/main"] if is_told else [])


def test_S4_186_each_account_is_looked_at_for_itself_and_in_its_own_currency() -> None:
    deployments = (whole(), whole("beta", account="other", instruments=("SAP",)))
    spec = b.run_spec(
        *deployments,  # type: ignore[arg-type]  # deployments
        instruments=[b.instrument("SAP", currency="EUR")],
        accounts=[b.account_spec(name, leverage=d(2)) for name in ("main", "other")],
    )
    made = b.engine(spec, rules=(bound(watch, **{**OFF, "trades": 0, "position": "5%"}),))
    made.step(b.fx_mark("1.10"))
    b.buy(made, 1, 40.0)
    order = b.one(fx.Submit, made.step(b.bar(1, 44.0, 1.0, symbol="SAP")))
    made.step(b.fill(order, 44))
    told = []
    # A hundred at 44 euros are 4,840 dollars, at 46 they are 5,060: of the account that holds them, and of no other.
    for n, px in enumerate((44.0, 45.0, 46.0), 2):
        made.step(b.bar(n, px, 1.0, symbol="SAP"))
        told.append(alerts(made, at(n) + LOOK))
    assert told == [[], [], ["watch_position/other"]]


@pytest.mark.parametrize(
    ("figure", "share", "closes"),
    [("exposure", "8%", (79.0, 81.0)), ("position", "8%", (79.0, 81.0)), ("concentration", "8%", (79.0, 81.0)),
     ("weekly_loss", "5%", (20.5, 20.0))],
)  # fmt: skip
def test_S4_an_account_is_told_of_its_own_figures_alone(figure: str, share: str, closes: tuple[float, float]) -> None:
    spec = b.run_spec(
        whole(),  # type: ignore[arg-type]  # a deployment
        whole("beta", account="other", instruments=("MSFT",)),  # type: ignore[arg-type]
        accounts=[b.account_spec(name) for name in ("main", "other")],
    )
    made = b.engine(spec, rules=(bound(watch, **{**OFF, "trades": 0, figure: share}),))
    b.buy(made, 1, 10.0)
    b.buy(made, 1, 70.0, symbol="MSFT")
    told = []
    for n, px in enumerate(closes, 2):
        made.step(b.bar(n, px, 1.0, symbol="MSFT"))
        told.append(alerts(made, at(n) + LOOK))
    assert told == [[], [f"watch_{figure}/other"]]


def test_S4_189_an_account_answers_for_its_own_executions_alone() -> None:
    spec = b.run_spec(
        whole(),
        whole("beta", account="other"),
        accounts=[b.account_spec(name) for name in ("main", "other")],  # type: ignore[arg-type]  # deployments
    )
    made = b.engine(spec, rules=(bound(watch, **{**OFF, "trades": 0, "slippage": "0.5%"}),))
    well, badly = only(fx.Submit, made.step(b.bar(1, 100.0, 1.0)))
    made.step(b.fill(well, 100))
    made.step(b.fill(badly, 101, account="other"))
    assert alerts(made, at(1) + LOOK) == ["watch_slippage/other"]


def test_money_that_is_taken_out_is_no_loss_of_the_week() -> None:
    made = watched(weekly_loss="5%")
    b.buy(made, 1, 70.0)
    made.step(b.flow(-10_000, n=2))
    made.step(b.bar(2, 70.0, 1.0))
    assert alerts(made, at(2) + LOOK) == []
    # The week began with a hundred thousand: five percent of that are lost at 20.
    for n, px, found in ((3, 20.5, []), (4, 20.0, ["watch_weekly_loss/main"])):
        made.step(b.bar(n, px, 1.0))
        assert alerts(made, at(n) + LOOK) == found


@pytest.mark.parametrize(("entries", "is_told"), [(20, False), (21, True)])
def test_S4_the_alert_comes_with_the_21st_trade_of_a_day(entries: int, is_told: bool) -> None:
    made = watched(trades=20)

    def trade(begin: int) -> int:
        for n in range(begin, begin + 2 * entries, 2):
            b.buy(made, n, 100.0)
            sale = b.one(fx.Submit, made.step(b.bar(n + 1, 100.0, 0.0)))
            made.step(b.fill(sale, 100, ts=at(n + 1)))
        return at(begin + 2 * entries - 1)

    assert alerts(made, trade(1) + LOOK) == (["watch_trades/main"] if is_told else [])
    # The day that follows counts anew, and its 21st is told again.
    made.step(b.session(0, is_open=False))
    made.step(b.session(1))
    made.step(b.bar(1441, 100.0))
    assert alerts(made, at(1441) + 2 * LOOK) == []
    assert "watch_trades:warn/account:main" not in made.book.truth.stages
    assert alerts(made, trade(1443) + LOOK) == (["watch_trades/main"] if is_told else [])


@pytest.mark.parametrize(("px", "is_told"), [("100.49", False), ("100.50", False), ("100.51", True), ("99", False)])
def test_S4_poor_execution_is_told_above_half_a_percent_once(px: str, is_told: bool) -> None:
    made = watched(slippage="0.5%")
    order = b.one(fx.Submit, made.step(b.bar(1, 100.0, 1.0)))
    made.step(b.fill(order, px))
    assert alerts(made, at(1) + LOOK) == (["watch_slippage/main"] if is_told else [])
    assert alerts(made, at(5)) == []
    # Well executed orders bring the mean down, and the threshold is armed again.
    for n in range(3):
        sale = b.one(fx.Submit, made.step(b.bar(6 + 2 * n, 100.0, 0.0)))
        made.step(b.fill(sale, 100, ts=at(6 + 2 * n), time=at(6 + 2 * n)))
        b.buy(made, 7 + 2 * n, 100.0)
    assert alerts(made, at(13)) == []
    assert "watch_slippage:warn/account:main" not in made.book.truth.stages
    sale = b.one(fx.Submit, made.step(b.bar(14, 100.0, 0.0)))
    made.step(b.fill(sale, 90, ts=at(14), time=at(14)))
    assert alerts(made, at(14) + LOOK) == ["watch_slippage/main"]


def test_a_restart_forgets_nothing_and_no_order_is_refused() -> None:
    made = watched(exposure="8%")
    b.buy(made, 1, 81.0)
    assert alerts(made, at(1) + LOOK) == ["watch_exposure/main"]
    after = again(made, *made.desk.rules)
    assert alerts(after, at(3)) == []
    assert "watch_exposure:warn/account:main" in after.book.truth.stages
    rule = bound(watch)
    assert [rule.check(rule.params, watch.Facts(n, 1)) for n in (0, 1, 100)] == [0, 0, 0]
    assert rule.text == (
        "every 30s a look, an alert from: exposure 8%, weekly loss 5%, position 5%, concentration 10%, slippage above 0.5%, "
        "more than 20 entries"
    )
