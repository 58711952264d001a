"""Words around numbers."""

from openbell.words import counted


def test_one_is_one_and_all_else_is_many() -> None:
    assert [counted(n, "bar") for n in (0, 1, 2, 2_880)] == ["0 bars", "1 bar", "2 bars", "2,880 bars"]
