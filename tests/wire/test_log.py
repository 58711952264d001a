import json
from pathlib import Path

from openbell.wire.log import Log


def test_every_line_is_in_the_file_at_once_and_the_log_goes_on_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "venue.log"
    log = Log(path)
    log.write(5, "opened", {"ports": [1]})
    assert json.loads(path.read_text()) == {"time": 5, "line": 1, "kind": "opened", "ports": [1]}
    log.sync()
    log.sync()
    log.close()
    again = Log(path)
    again.write(6, "opened", {})
    again.close()
    assert len(path.read_text().splitlines()) == 2
    assert path.stat().st_mode & 0o077 == 0
