"""A program's own decimal rules are left as they were."""

from decimal import Context, Decimal, getcontext, localcontext

from openbell.run.money import in_money


def test_the_rules_hold_inside_only() -> None:
    with localcontext(Context(prec=7)):
        with in_money():
            assert getcontext().prec == 60
        assert (getcontext().prec, Decimal(1) / Decimal(3)) == (7, Decimal("0.3333333"))
