import pytest

from openbell.core.types import InvariantError
from openbell.run.modes import ModeRefused, badge, mode_of, venue_kind


def test_dry_run_and_sim_have_venues_of_their_own():
    assert venue_kind("dry_run") == "none"
    assert venue_kind("sim") == "sim"


@pytest.mark.parametrize("mode", ["paper", "live"])
def test_modes_that_need_a_broker_are_refused_with_what_to_do(mode):
    with pytest.raises(ModeRefused, match="--mode sim"):
        venue_kind(mode)


def test_an_unknown_mode_is_our_own_mistake():
    with pytest.raises(InvariantError):
        venue_kind("imaginary")


def test_badges_name_their_colours_and_say_simulated():
    assert badge("live") == ("LIVE", "red")
    assert badge("sim") == ("PAPER · SIMULATED", "blue")
    assert badge("dry_run")[1] == badge("replay")[1] == badge("demo")[1] == "grey"
    assert badge("other") == ("OTHER", "grey")


def test_a_run_is_shown_in_the_mode_nearest_to_real_money() -> None:
    assert mode_of(["sim", "live", "none"]) == "live"
    assert mode_of(["sim", "paper"]) == "paper"
    assert mode_of(["none", "none"]) == "dry_run"


def test_a_brokers_mode_at_a_local_server_is_called_simulated() -> None:
    assert badge("live", is_simulated=True) == ("LIVE · SIMULATED", "red")
    assert badge("paper", is_simulated=True) == badge("sim", is_simulated=True) == ("PAPER · SIMULATED", "blue")


def test_a_broker_that_takes_real_money_is_let_through_to_the_rules() -> None:
    assert venue_kind("live", ("paper", "live")) == "live"
