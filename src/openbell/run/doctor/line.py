"""One line of the doctor's report."""

from typing import Literal

import msgspec

Level = Literal["ok", "warn", "fail"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at and how it is.

    Attributes:
        part: What was looked at. level: ok, warn or fail. told: What was found, in words.
        fix: One thing to do; empty where all is well.
    """

    part: str
    level: Level
    told: str
    fix: str = ""

    def text(self) -> str:
        """Return the line for people."""
        return f"{self.level:<4}  {self.part}: {self.told}" + (f"; {self.fix}" if self.fix else "")


def well(part: str, told: str) -> Line:
    """Return a line of something that is as it should be."""
    return Line(part=part, level="ok", told=told)


def worst(lines: list[Line]) -> Level:
    """Return the worst level of all lines."""
    levels = {line.level for line in lines}
    return "fail" if "fail" in levels else "warn" if "warn" in levels else "ok"
