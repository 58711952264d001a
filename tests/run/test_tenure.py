"""Lease epochs of accounts."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from openbell.edges.journal import Fenced
from openbell.run.tenure import Tenure


def test_B25_epochs_of_an_account_only_grow_whatever_the_state(tmp_path: Path) -> None:
    found = [Tenure(tmp_path, ["plain host A"]).epoch for _ in range(3)]
    assert found == [1, 2, 3]
    assert Tenure(tmp_path, ["plain host B"]).epoch == 1
    assert Tenure(tmp_path, ["plain host A", "plain host B"]).epoch == 4
    assert Tenure(tmp_path, ["plain host B"], floor=9).epoch == 10


def test_F72_the_one_who_held_it_before_is_fenced(tmp_path: Path) -> None:
    first = Tenure(tmp_path, ["plain host A"])
    first.check()
    other = Tenure(tmp_path, ["plain host B"])
    first.check()
    second = Tenure(tmp_path, ["plain host A"])
    with pytest.raises(Fenced):
        first.check()
    second.check()
    other.check()


def test_B25_no_two_take_the_same_epoch_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: Tenure(tmp_path, ["plain host A"]).epoch, range(40)))
    assert sorted(taken) == list(range(1, 41))


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    Tenure(tmp_path / "leases", ["x"])
    assert (tmp_path / "leases").stat().st_mode & 0o777 == 0o700
