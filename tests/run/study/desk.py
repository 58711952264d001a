"""A small study on an invented market, for the tests of this folder."""

from pathlib import Path

import msgspec

from openbell.run import assemble, source
from openbell.run.sessions import sessions_of
from openbell.run.source import Source
from openbell.run.study.executor import Backend
from openbell.run.study.store import Store
from openbell.run.study.sweep import Desk
from openbell.run.study.trial import Bench, subject_of
from tests.cli.process import config_of

FAST, SLOW = "deployments.cross.strategy.fast", "deployments.cross.strategy.slow"


def desk(folder: Path, *, days: int = 3, jobs: int = 1, cache: Path | None = None, text: str | None = None) -> Desk:
    """Return a study of a file in `folder`; it uses the compiled twin where a `cache` is given."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "small.yaml"
    path.write_text(text or config_of(days=days), encoding="utf-8")
    loaded, shelves = assemble.read(path, {})
    prepared = assemble.prepare(loaded, shelves)
    look_up = sessions_of(loaded.config.calendars, None)
    bars: Source = source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, None)  # type: ignore[arg-type]  # it has a source
    subject = subject_of(prepared, bars, None, cache or folder / "cache")
    subject = msgspec.structs.replace(subject, is_compiled=cache is not None)
    return Desk(subject=subject, source=bars, store=Store(folder / "store"), backend=Backend(jobs=jobs))


def bench(folder: Path, *, days: int = 3, cache: Path | None = None) -> Bench:
    """Return who runs the file of a study."""
    made = desk(folder, days=days, cache=cache)
    return Bench(made.subject, made.source)
