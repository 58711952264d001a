"""How each broker does on both lists, as the pages of docs/brokers tell it."""

from pathlib import Path

from tests.conformance.brokers import CASES
from tests.conformance.counters import results
from tests.conformance.served import SERVED
from tests.conformance.test_brokers import BENCHES

BEGIN, END = "<!-- grade: written by make grades -->", "<!-- end of the grade -->"
KNOWN = {
    "alpaca": "its front vendor-client-checked and spec-checked, its adapter simulated and spec-checked",
    "binance": "its front vendor-client-checked and spec-checked, its adapter simulated and spec-checked",
    "plain": "the protocol is our own: simulated",
}
"""How strong the evidence is behind each; none was ever seen live."""
HEAD = """## Grade

Every broker passes the same two lists: {pure} situations told to its adapter frame by frame, and the cases below, played by
its adapter over real connections at its own front, without faults and with them. Evidence: {known}. Seen live: never.

**{name}: {passed} of {all} situations; {served} of {applies} cases at the front, {others} that do not apply.**

| case | what has to be right | fault | came of it |
|---|---|---|---|
"""


def grade(name: str, folder: Path) -> str:
    """Play both lists and return the grade as it stands in the broker's page, between its marks."""
    passed = sum(BENCHES[name]().play(case.situation, case.request) == case.told for case in CASES)
    found = results(name, folder)
    others = [said for said in found.values() if said.startswith("not applicable")]
    rows = [f"| {case.id} | {case.text} | {_fault(case.fault)} | {found[case.id]} |" for case in SERVED]
    head = HEAD.format(
        pure=len(CASES), known=KNOWN[name], name=name, passed=passed, all=len(CASES),
        served=sum(said == "passed" for said in found.values()), applies=len(found) - len(others), others=len(others),
    )  # fmt: skip
    return f"{BEGIN}\n{head}" + "\n".join(rows) + f"\n{END}\n"


def _fault(fault: dict[str, str]) -> str:
    return f"`{fault['do']}`" if fault else ""


def written(page: str) -> str:
    """Return the grade that stands in a page.

    Raises:
        ValueError: None stands there.
    """
    return page[page.index(BEGIN) : page.index(END) + len(END) + 1]
