"""Random lives of a whole engine and exchange: after every single event the invariants hold.

Each invariant has a machine of its own, so that one that breaks does not hide the others. The names are those of the
reliability catalogue.
"""

import os
import subprocess
import sys
from pathlib import Path

import hypothesis
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import THOROUGH
from tests.property.machine import Machine

ROOT = Path(__file__).resolve().parents[2]
LIVES = hypothesis.settings(
    parent=hypothesis.settings.get_profile("openbell"),
    max_examples=600 if THOROUGH else 40,
    stateful_step_count=60 if THOROUGH else 25,
    # Making a failing life short takes minutes; OPENBELL_THOROUGH=1 does it.
    phases=list(hypothesis.Phase) if THOROUGH else [hypothesis.Phase.generate],
)


def watch(name: str) -> None:
    """Run lives whose witness watches one invariant."""
    run_state_machine_as_test(type(f"Machine{name}", (Machine,), {"names": (name,)}), settings=LIVES)


def test_B1_one_live_entry_for_each_wish() -> None:
    watch("B1")


def test_B4_orders_move_as_the_table_says() -> None:
    watch("B4")


def test_B5_each_execution_counts_once() -> None:
    watch("B5")


def test_B6_ordered_is_filled_working_or_cancelled() -> None:
    watch("B6")


def test_B7_no_id_is_given_twice() -> None:
    watch("B7")


def test_B9_a_position_is_the_sum_of_its_fills_and_adjustments() -> None:
    watch("B9")


def test_B10_equity_is_what_came_in_and_what_was_made() -> None:
    watch("B10")


def test_B11_cash_follows_from_fills_fees_and_flows() -> None:
    watch("B11")


def test_B13_every_adjustment_is_told_with_its_cause() -> None:
    watch("B13")


def test_B14_money_is_exact_and_prices_lie_on_their_grid() -> None:
    watch("B14")


def test_B15_the_worst_case_stays_within_every_limit() -> None:
    watch("B15")


def test_B20_exits_never_grow_or_flip_a_holding() -> None:
    watch("B20")


def test_B21_exits_are_always_possible() -> None:
    watch("B21")


def test_B23_no_new_risk_between_a_latch_and_its_release() -> None:
    watch("B23")


def test_B24_the_peak_moves_with_deposits_and_never_falls() -> None:
    watch("B24")


def test_B29_fold_equals_live() -> None:
    watch("B29")


def test_B33_recovery_is_idempotent_and_a_restart_changes_nothing() -> None:
    watch("B33")


SCRIPT = """
import hashlib
from openbell.core.types import use_money_context
use_money_context()
from tests.core.build import d
from tests.property.world import World, scenario
world = scenario(World(participation=d("0.05"), spread=d("0.0004")))
print(hashlib.sha256(b"".join(world.witness.trace)).hexdigest(), len(world.witness.trace))
"""


def test_B32_the_same_life_has_the_same_records_in_every_process() -> None:
    found = []
    for seed, zone, locale in (("1", "UTC", "C"), ("31337", "Asia/Kolkata", "fr_FR.UTF-8")):
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        environment["PYTHONPATH"] = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
        command = [sys.executable, "-c", SCRIPT]
        found.append(subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True).stdout)
    assert found[0] == found[1]
    assert int(found[0].split()[1]) > 400
