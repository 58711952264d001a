"""Each message of the history as a line of a log file, in the form of all others."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from openbell.edges.alerts.outbox import Outbox
from openbell.edges.logs.book import Options, shaped
from openbell.edges.logs.files import Sized
from openbell.edges.logs.redact import Redactor
from openbell.run.logbook import FOLDER

FILE = "Alerts.log"
AT_ONCE = 200
"""Messages between two times that the place reached is written down."""
_PLACE = "lines"


class Lines:
    """Writes what was told beside the log files of the run, once each.

    It alone writes to its file.
    """

    def __init__(self, outbox: Outbox, folder: Path, secrets: Iterable[str] = ()) -> None:
        """Write for a state; `secrets` may stand nowhere."""
        self._outbox, self._folder = outbox, folder / FOLDER
        self._redactor = Redactor(secrets)

    def look(self) -> None:
        """Write what has come since.

        Where the run keeps no log files, or the disk takes nothing, it waits.
        """
        while self._folder.is_dir():
            last = int(self._outbox.kept(_PLACE) or b"0")
            where = "id in (select id from alerts where id > ? order by id limit ?)"
            rows = self._outbox.history.rows(where, (last, AT_ONCE), AT_ONCE)[::-1]
            if not rows:
                return
            options = Options()
            try:
                file = Sized(self._folder / FILE, options.most_bytes, options.keep)
                for row in rows:
                    line = shaped(None, row.level, {
                        "component": "Alerts", "ts": row.wall, "event": row.text, "trace": row.mark,
                        "alert": row.id, "kind": row.kind, "happening": row.event, "title": row.title,
                    })  # fmt: skip
                    said = self._redactor(None, row.level, line)
                    file.write(msgspec.json.encode(said).decode() + "\n", str(said["@timestamp"])[:10])
                file.close()
            except OSError:
                # Nothing waits for a log: the history has it, and the next look tries again.
                return
            with self._outbox.change():
                self._outbox.keep(_PLACE, str(rows[-1].id).encode())
