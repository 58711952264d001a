"""From present values to proposed ones, a share of the capital after the other, and back.

A person takes each stage. What comes of it is a file: present and proposed values trade side by side in it, each with a
book of its own. Nothing here speaks to an engine.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import msgspec

from openbell.config.amend import BESIDE, with_beside, with_values
from openbell.files import write_whole
from openbell.run.study.trial import StudyError, Values

FOLDER = "drift"
FILE = "transition.json"
WHOLE = "1"
"""The stage at which the proposed values have all of the capital."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One stage that a person took: its share of the capital, 0 for the way back, and who."""

    share: str
    actor: str


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal and how far it has come.

    Attributes:
        id: Last day that it rests on. file: Whose values. digest: SHA-256 of what stood in that file.
        values, present: Proposed, and at that time. stages: Shares of the capital before all of it.
        taken: Stages so far, in order.
    """

    id: str
    file: str
    digest: str
    values: Values
    present: Values
    stages: tuple[str, ...]
    taken: tuple[Taken, ...] = ()

    @property
    def share(self) -> str:
        """The stage that it is at, empty before the first one."""
        return self.taken[-1].share if self.taken else ""

    @property
    def next_share(self) -> str:
        """The stage that comes next, empty where there is none: it has all, or was taken back."""
        every = (*self.stages, WHOLE)
        if not self.share:
            return every[0]
        return every[every.index(self.share) + 1] if self.share in every[:-1] else ""

    @property
    def copies(self) -> tuple[str, ...]:
        """Names of the deployments that trade the proposed values while both do."""
        return tuple(dict.fromkeys(path.split(".")[1] + BESIDE for path, _ in self.values))

    @property
    def target(self) -> Path:
        """Where its files are written: beside the one that it began with."""
        path = Path(self.file)
        return path.with_name(f"{path.stem}-next{path.suffix}")


def file_at(made: Transition, text: str, share: str) -> str:
    """Return the file of a stage, by the text that the proposal began with. Pure.

    At 0 the present values have all of their capital back. Copies that trade beside them keep theirs, for a kill holds
    them, and no running engine can do without a deployment.

    Raises:
        ValueError: There are deployments of such names already.
    """
    values = dict(made.values)
    if share == WHOLE:
        return with_values(text, values)
    part = Decimal(share)
    if not part:
        return text if made.share == WHOLE else with_beside(text, values, (Decimal(1), Decimal(made.share)))
    return with_beside(text, values, (1 - part, part))


def commands(made: Transition, share: str) -> list[str]:
    """Return what a person does with the file of a stage, in order."""
    target = made.target
    if WHOLE in (share, made.share) or share == (*made.stages, WHOLE)[0]:
        return ["openbell stop STATE --close", f"openbell run {target}"]
    reload = f"openbell reload {target} STATE --confirm"
    if not Decimal(share):
        return [*(f"openbell kill STATE --scope deployment:{name} --close" for name in made.copies), reload]
    return [reload]


def keep(state: Path, made: Transition) -> None:
    """Keep a transition in the state that it came from. Raises OSError."""
    folder = state / FOLDER / made.id
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FILE, msgspec.json.format(msgspec.json.encode(made)))


def known(state: Path) -> Mapping[str, Transition]:
    """Return the transitions of a state by id, oldest first."""
    files = sorted((state / FOLDER).glob(f"*/{FILE}"))
    found = [msgspec.json.decode(file.read_bytes(), type=Transition) for file in files]
    return {one.id: one for one in found}


def named(state: Path, name: str) -> Transition:
    """Return a transition of a state.

    Raises:
        StudyError: There is no such one.
    """
    every = known(state)
    if name not in every:
        raise StudyError(f"{name!r} is not proposed", f"known: {', '.join(every) or 'nothing is'}")
    return every[name]
