"""Backtests asked for on the page: each a process, with progress, figures and report."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from openbell.edges.web.ports import Invalid, Refused, UnknownState
from openbell.files import write_whole
from openbell.run.clock import Clock
from openbell.run.web import wish as wishes
from openbell.run.web.trial import FILE, PROGRESS, REPORT, RESULT, Outcome, Progress

ASKED = "asked.json"
MOST_AT_ONCE, MOST_KEPT = 2, 50
"""Backtests that run at one time, and that are kept; the oldest goes first."""
MILD = 10
"""How much a backtest stands back for the engines of this machine."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked for a backtest, when (UTC ns), its name, and its configuration's digest."""

    actor: str
    ts: int
    title: str
    digest: str


class Trials:
    """See `edges.web.ports.Trials`."""

    def __init__(self, home: Path, clock: Clock, environment: Mapping[str, str]) -> None:
        """Keep them below the home of all states; the processes get `environment`."""
        self._folder, self._store = home / "web" / "backtests", home / "data"
        self._clock, self._environment = clock, environment
        self._going: dict[str, subprocess.Popen[bytes]] = {}

    def begin(self, wish: dict[str, Any], actor: str) -> dict[str, Any]:
        """See the port."""
        made = wishes.planned({**wish, "mode": "sim"}, self._store, self._environment)
        wrong = [one for one in made["problems"] if not one["is_warning"]]
        if wrong:
            raise Invalid(" · ".join(one["text"] for one in wrong[:5]), wishes.field_of(wrong[0]["path"]))
        self._tidy()
        if len(self._going) >= MOST_AT_ONCE:
            raise Refused(f"{MOST_AT_ONCE} backtests run already; wait for one, or cancel it")
        now, key = self._clock.now(), secrets.token_hex(8)
        place = self._folder / key
        place.mkdir(mode=0o700, parents=True)
        write_whole(place / FILE, made["config"].encode())
        asked = Asked(actor=actor, ts=now, title=wishes.name_of(wish), digest=made["digest"])
        write_whole(place / ASKED, msgspec.json.encode(asked), durable=True)
        words = ["nice", "-n", str(MILD), sys.executable, "-m", "openbell.run.web.trial", str(place)]
        self._going[key] = subprocess.Popen(  # noqa: S603  # our own words
            words, env=dict(self._environment), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        return self.one(key)

    def all(self) -> list[dict[str, Any]]:
        """See the port."""
        found = [self._row(path) for path in self._places()]
        return sorted((row for row in found if row is not None), key=lambda row: int(row["asked_ts"]), reverse=True)

    def one(self, key: str) -> dict[str, Any]:
        """See the port."""
        row = self._row(self._folder / key)
        if row is None:
            raise UnknownState(f"there is no backtest {key!r}; GET /api/backtests lists them")
        return row

    def cancel(self, key: str) -> None:
        """See the port."""
        self.one(key)
        process = self._going.pop(key, None)
        if process is not None:
            process.terminate()
            process.wait()
        shutil.rmtree(self._folder / key)

    def report(self, key: str) -> Path:
        """See the port."""
        self.one(key)
        file = self._folder / key / REPORT
        if not file.is_file():
            raise UnknownState(f"backtest {key!r} has no report yet")
        return file

    def close(self) -> None:
        """End those that still run: nobody would read them."""
        for process in self._going.values():
            process.terminate()
            process.wait()

    def _places(self) -> list[Path]:
        return [path for path in self._folder.iterdir() if path.is_dir()] if self._folder.is_dir() else []

    def _row(self, place: Path) -> dict[str, Any] | None:
        asked = _read(place / ASKED, Asked)
        if asked is None:
            return None
        outcome, progress = _read(place / RESULT, Outcome), _read(place / PROGRESS, Progress)
        process = self._going.get(place.name)
        is_going = process is not None and process.poll() is None
        fault = outcome.fault if outcome is not None else "" if is_going else "it was ended before it was done"
        status = "running" if outcome is None and is_going else "failed" if fault else "done"
        share = progress.taken / progress.events if progress is not None and progress.events else 0.0
        return {
            "id": place.name, "title": asked.title, "status": status, "share": 1.0 if status == "done" else share,
            "text": fault, "asked_ts": str(asked.ts), "digest": asked.digest,
            "figures": outcome.figures if outcome is not None and not fault else None,
        }  # fmt: skip

    def _tidy(self) -> None:
        """Forget the processes that have ended, and the oldest backtests."""
        self._going = {key: process for key, process in self._going.items() if process.poll() is None}
        dated = sorted(((path.stat().st_mtime_ns, path) for path in self._places()), reverse=True)
        for _, path in dated[MOST_KEPT - 1 :]:
            if path.name not in self._going:
                shutil.rmtree(path)


def _read(path: Path, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError):
        return None
