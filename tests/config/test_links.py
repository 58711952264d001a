"""An address in the open is refused wherever it stands in a file, at its own place."""

from pathlib import Path

from openbell.config.links import open_links
from tests.config.fake import errors, swap


def test_every_text_is_looked_at_however_deep_it_stands() -> None:
    data = {"a": [{"b": "http://x.example"}, 3, None, "https://x.example"], "c": "json://y.example", "http://key": True}
    assert [fault.loc for fault in open_links(data)] == [("a", 0, "b"), ("c",)]


def test_it_is_told_with_its_place_and_without_what_it_hides(tmp_path: Path) -> None:
    old = 'alerts:\n  - {url: "${ALERT_URL}", level: warning}\n'
    new = "alerts:\n  dead_man: {url: 'http://watch.example/token-0815'}\n"
    line, warning = errors(tmp_path, swap((old, new)))
    assert "[C110]" in warning
    place, _, told = line.partition(" ")
    assert place == "c.yaml:16:19"
    assert told == (
        "alerts.dead_man.url: http:// goes in the open to another machine; write https://, or an address of this machine"
        " such as 127.0.0.1 [C112]"
    )
