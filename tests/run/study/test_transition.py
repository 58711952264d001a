"""Stages of a proposal: shares add up, and every stage has its way back."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from openbell.run.study.transition import Taken, Transition, commands, file_at, keep, known, named
from openbell.run.study.trial import StudyError
from tests.run.study.drifted import FAST, SLOW, TEXT

MADE = Transition(id="2024-02-29", file="a/c.yaml", digest="", values=((FAST, "3"), (SLOW, "8")),
                  present=((FAST, "12"), (SLOW, "26")), stages=("0.25", "0.5"))  # fmt: skip


def at(*shares: str) -> Transition:
    return Transition(id=MADE.id, file=MADE.file, digest="", values=MADE.values, present=MADE.present,
                      stages=MADE.stages, taken=tuple(Taken(share=share, actor="ann") for share in shares))  # fmt: skip


def deployments(share: str, *before: str) -> dict[str, tuple[str, str, str]]:
    """Return capital and both averages of each deployment in the file of a stage, by name."""
    listed = YAML(typ="safe").load(file_at(at(*before), TEXT, share))["deployments"]
    return {
        one["name"]: (one["budget"]["capital"], str(one["strategy"]["fast"]), str(one["strategy"]["slow"]))
        for one in listed
    }


@pytest.mark.parametrize(
    ("share", "own", "beside"),
    [("0.25", "7500 USD", "2500 USD"), ("0.5", "5000 USD", "5000 USD"), ("0.333", "6670 USD", "3330 USD")],
)
def test_both_trade_side_by_side_and_their_capital_adds_up(share: str, own: str, beside: str) -> None:
    assert deployments(share) == {"cross": (own, "12", "26"), "cross_next": (beside, "3", "8")}


def test_at_the_end_the_proposed_values_stand_alone() -> None:
    assert deployments("1") == {"cross": ("10000 USD", "3", "8")}


def test_the_way_back_gives_the_capital_back_and_leaves_the_copy_what_it_had() -> None:
    assert deployments("0", "0.25", "0.5") == {"cross": ("10000 USD", "12", "26"), "cross_next": ("5000 USD", "3", "8")}
    assert file_at(at("0.25", "0.5", "1"), TEXT, "0") == TEXT


def test_comments_and_all_else_of_the_file_stay() -> None:
    before, after = TEXT.splitlines(), file_at(MADE, TEXT, "0.25").splitlines()
    assert [line for line in before if line not in after] == [line for line in before if "capital" in line]
    assert len(after) == len(before) + 6


def test_a_file_that_has_such_a_name_already_is_refused() -> None:
    with pytest.raises(ValueError, match="cross_next is in the file already"):
        file_at(MADE, file_at(MADE, TEXT, "0.25"), "0.5")


def test_stages_follow_each_other_and_end() -> None:
    assert [at(*taken).next_share for taken in ((), ("0.25",), ("0.25", "0.5"))] == ["0.25", "0.5", "1"]
    assert (at("0.25", "0.5", "1").next_share, at("0.25", "0").next_share) == ("", "")


def test_what_is_to_be_done_is_said_for_each_stage() -> None:
    begin = ["openbell stop STATE --close", "openbell run a/c-next.yaml"]
    assert commands(MADE, "0.25") == begin
    assert commands(at("0.25"), "0.5") == ["openbell reload a/c-next.yaml STATE --confirm"]
    assert commands(at("0.25", "0.5"), "1") == begin
    assert commands(at("0.25"), "0") == [
        "openbell kill STATE --scope deployment:cross_next --close", "openbell reload a/c-next.yaml STATE --confirm"
    ]  # fmt: skip
    assert commands(at("0.25", "0.5", "1"), "0") == begin


def test_a_proposal_is_found_again_by_its_name(tmp_path: Path) -> None:
    keep(tmp_path, at("0.25"))
    assert named(tmp_path, MADE.id) == at("0.25")
    assert list(known(tmp_path)) == [MADE.id]
    with pytest.raises(StudyError, match="'other' is not proposed"):
        named(tmp_path, "other")
