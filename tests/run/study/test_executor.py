"""What every back end does with chunks of runs."""

from openbell.run.study.executor import AHEAD, chunks_of, in_flight
from openbell.run.study.trial import Outcome
from tests.run.study.desk import FAST

VALUES = [((FAST, str(n)),) for n in range(1000)]


class Slow:
    """Takes chunks, and ends the oldest of them each time it is asked."""

    width = 2

    def __init__(self):
        self.held, self.most, self.dropped = {}, 0, set()

    def submit(self, chunk):
        number = len(self.held) + len(self.dropped)
        self.held[number] = [Outcome(key=values[0][1], values=values) for values in chunk]
        return number

    def wait(self, handles):
        self.most = max(self.most, len(handles))
        first = min(handles)
        return [self.held[first]], handles - {first}

    def drop(self, handles):
        self.dropped |= handles


def test_every_run_is_in_one_piece_and_no_piece_is_large():
    pieces = chunks_of(VALUES, 2)
    assert [one for piece in pieces for one in piece] == VALUES
    assert max(map(len, pieces)) <= 64
    assert len(chunks_of(VALUES[:3], 2)) == 3


def test_nobody_waits_for_the_next_chunk_and_none_is_handed_over_too_soon():
    hands = Slow()
    found = [one.values for outcomes in in_flight(hands, chunks_of(VALUES, 2)) for one in outcomes]
    assert (sorted(found), hands.most, hands.dropped) == (sorted(VALUES), AHEAD * hands.width, set())


def test_one_who_has_seen_enough_drops_the_rest():
    hands = Slow()
    runs = in_flight(hands, chunks_of(VALUES, 2))
    assert next(runs)
    runs.close()
    assert (len(hands.held), hands.dropped) == (4, {1, 2, 3})
