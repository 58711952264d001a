"""A run's state, ready to be studied: its file over the market that it has seen."""

import os
from pathlib import Path

import msgspec

from openbell.config.operations import ParameterReview
from openbell.run import assemble
from openbell.run import state as states
from openbell.run.assemble import Prepared
from openbell.run.compiled import cache_place, use_cache
from openbell.run.records import first_event, parse_spec
from openbell.run.sessions import sessions_of
from openbell.run.source import Source
from openbell.run.study.collect import collect
from openbell.run.study.drift import Drift, Subject, drift
from openbell.run.study.executor import Backend
from openbell.run.study.reoptimize import Done, reoptimize
from openbell.run.study.store import Store
from openbell.run.study.sweep import Desk, Sweep
from openbell.run.study.trial import StudyError, subject_of, why_not_compiled


def prepared_of(state: Path) -> Prepared:
    """Return what the file of a run means now.

    Raises:
        StudyError: It was begun without one. ConfigError, PartError: The file cannot be run. OSError: Nor be read.
    """
    file = states.read_origin(state).file
    if not file:
        raise StudyError(f"{state} was begun without a file", "only what a file says can be tried with other values")
    loaded, shelves = assemble.read(Path(file), os.environ)
    return assemble.prepare(loaded, shelves, prices=assemble.TRIAL)


def review(state: Path, terms: ParameterReview) -> tuple[Drift, list[Done]]:
    """Return how far a run has drifted, by its journal alone, and what was found then.

    Of several accounts it is that of the first deployment whose values may change.

    Raises:
        StudyError: There are too few days. And as `subject_of_run`.
    """
    prepared = prepared_of(state)
    deployments = prepared.spec.deployments
    name = terms.grid[0].split(".")[1] if terms.grid else ""
    account = (deployments.get(name) or next(iter(deployments.values()))).account
    subject = subject_of_run(state, prepared, terms, Bench(account=account))
    found = drift(subject, _never)
    if isinstance(found, Sweep):
        raise StudyError("the backtests were ended early")
    done = reoptimize(subject, found, _never) if found.has_drifted and terms.grid else []
    return found, done if isinstance(done, list) else []


def _never(_done: int, _whole: int) -> bool:
    return False


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """Where the backtests of a review are made.

    Attributes:
        account: Whose equity is judged, None for the only one. store: Where runs are remembered, None for the usual
            folder. jobs: Processes. before: Recorded bars of the days before the run, None for none.
    """

    account: str | None
    store: Path | None = None
    jobs: int = 1
    before: Source | None = None


def subject_of_run(state: Path, prepared: Prepared, terms: ParameterReview, bench: Bench) -> Subject:
    """Return a run as the subject of a review.

    Args:
        state: Its directory; the run may go on meanwhile.
        prepared: Its file's run.
        terms: Of the review.
        bench: Where its backtests are made.

    Raises:
        SourceError: Its journal holds no bars. StudyError: There is no such account, or several. Unlike: No journal.
    """
    home, journal = states.home(os.environ), states.journal(state)
    is_synthetic = parse_spec(first_event(journal)).is_synthetic
    prepared.spec = msgspec.structs.replace(prepared.spec, is_synthetic=is_synthetic)
    look_up = sessions_of(prepared.loaded.config.calendars, home / "calendars.json")
    source = collect(journal, prepared.spec, look_up, bench.before)
    place = use_cache(cache_place(None), prepared.code)
    found = subject_of(prepared, source, bench.account, place)
    store = Store(bench.store or home / "research")
    desk = Desk(subject=found, source=source, store=store, backend=Backend(jobs=bench.jobs))
    subject = Subject(state=state, prepared=prepared, desk=desk, terms=terms)
    reason = why_not_compiled(prepared, source, place, len(subject.values) + 1)
    desk = msgspec.structs.replace(desk, subject=msgspec.structs.replace(found, is_compiled=not reason))
    return msgspec.structs.replace(subject, desk=desk, reason=reason)
