"""Is a run fast enough for what it was told to do: resources, intervals, log levels?"""

from openbell.core.types import NS
from openbell.run.assemble import Prepared
from openbell.run.doctor.line import Line, well
from openbell.run.sensors import Reading
from openbell.schema import format_span

BUSY = 0.8
"""Use of processor or memory from which on another run has too little left."""
FULL = 0.9
SPAN_NS = NS // 5
"""How long the processor is looked at."""
ASKED_A_SECOND = 200
"""Evaluations a second beyond which an engine has little time for anything else."""


def pace(prepared: Prepared, found: Reading, level: str) -> list[Line]:
    """Return how resources, intervals and the level of the logs are.

    Args:
        prepared: The run.
        found: A look at the machine.
        level: Least level that its log files will have.
    """
    return [_resources(found), _intervals(prepared), _levels(level)]


def _resources(found: Reading) -> Line:
    uses = {"cpu": (found.cpu, BUSY), "memory": (found.memory, BUSY), "disk": (found.disk, FULL)}
    told = ", ".join(f"{name} {use:.0%}" for name, (use, _) in uses.items() if use is not None)
    short = [name for name, (use, limit) in uses.items() if use is not None and use > limit]
    if not short:
        return well("resources", told)
    fix = f"free some {' and '.join(short)}, or use another machine"
    return Line(part="resources", level="warn", told=f"{told}: little {' and '.join(short)} is left", fix=fix)


def _intervals(prepared: Prepared) -> Line:
    deployments = prepared.loaded.config.deployments
    asked = sum(len(one.instruments) * NS / one.heard for one in deployments)
    told = ", ".join(f"{one.name} every {format_span(one.heard)}" for one in deployments)
    words = f"{told}: {asked:.3g} evaluations a second"
    if asked <= ASKED_A_SECOND:
        return well("intervals", words)
    fix = "give longer bars or every, or fewer instruments"
    return Line(part="intervals", level="warn", told=words, fix=fix)


def _levels(level: str) -> Line:
    told = f"log files take {level} and above"
    if level != "DEBUG":
        return well("log level", told)
    return Line(part="log level", level="warn", told=f"{told}: every decision is written", fix="leave --log-level out")
