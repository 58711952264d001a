"""What an account's vendor lists of its instruments, beside what the file says."""

from collections.abc import Callable, Mapping
from pathlib import Path

from openbell.config.explain import ConfigError
from openbell.edges.brokers.enquiry import Access
from openbell.run.assemble import Prepared
from openbell.run.doctor.line import Line, well
from openbell.run.listings import Known, NotListed, ask, said_of, words

MOST = 20
"""Instruments that are shown one by one."""
Again = Callable[[Known], Prepared]


def instruments(
    prepared: Prepared, traded: Mapping[str, list[str]], home: Path, access: Access, again: Again
) -> list[Line]:
    """Return how file and vendor fit, an instrument a line.

    Args:
        prepared: The run by its file alone.
        traded: What the accounts in question trade, by account.
        home: Folder of all state.
        access: What a question needs besides.
        again: Makes the run anew with what vendors list.
    """
    try:
        known = ask({name: prepared.wires[name] for name in traded}, traded, home, access)
        settled = again(known)
    except NotListed as failure:
        return [Line(part="instruments", level="fail", told=failure.why, fix=failure.next)]
    except ConfigError as error:
        found = [problem for problem in error.problems if not problem.is_warning]
        return [Line(part="instruments", level="fail", told=one.text(), fix="correct the file") for one in found]
    lines = [well("instruments", line) for line in said_of(known, access.now())]
    fix = "leave it out of the file to go by the vendor's"
    lines += [Line(part="instruments", level="warn", told=told, fix=fix) for told in settled.agreed.told]
    listed = [(name, symbol) for name in known for symbol in dict.fromkeys(traded[name])]
    for name, symbol in listed[:MOST]:
        one = known[name].symbols[symbol]
        told = words(settled.spec.instruments[symbol], settled.agreed.origins.get(symbol, {}), one)
        fix = "no order is sent until the vendor lists it again" if one.halted else ""
        lines.append(Line(part="instrument", level="warn" if one.halted else "ok", told=told, fix=fix))
    if len(listed) > MOST:
        lines.append(well("instruments", f"{len(listed) - MOST} more are as the vendor lists them"))
    return lines
