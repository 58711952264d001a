"""How a strategy of one's own is tested: rows in, targets out, no engine needed."""

from array import array
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from openbell.core.strategy import SessionRow, fresh_state

found = spec_from_file_location("opening_range", Path(__file__).parent / "opening_range.py")
part = module_from_spec(found)
found.loader.exec_module(part)


def targets(*closes, session=3):
    """Return the targets over flat bars a nanosecond long, `session` of them a session, with a range of two."""
    state, said = fresh_state(part.STATE), []
    for n, px in enumerate(closes):
        begin = 1 + n // session * session
        row = SessionRow(px, px, px, px, 1.0, n + 2, n + 1, begin, begin + session)
        said.append(part.step(state, array("d", [2.0]), row)[0])
    return said


def test_it_goes_with_the_first_close_outside_the_range():
    assert targets(10, 12, 13, 9, session=9) == [0, 0, 1, 1]
    assert targets(10, 12, 11, 9, session=9) == [0, 0, 0, -1]


def test_every_session_begins_flat():
    assert targets(10, 12, 13, 20, 20, 20) == [0, 0, 1, 0, 0, 0]
