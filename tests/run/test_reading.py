from openbell.core.record import digest
from openbell.run.live import Settings, live
from openbell.run.reading import fold, read_book
from tests.run.small import journal_of, prepare, write


def test_the_true_book_is_read_from_checkpoint_and_tail_alike(tmp_path):
    write(tmp_path, days=1)
    prepared, told = prepare(tmp_path / "small.yaml")
    result = live(prepared, told, Settings(state=tmp_path / "state"))
    folder = journal_of(tmp_path / "state")
    quick = read_book(folder)
    for snapshot in (folder / "snapshots").iterdir():
        snapshot.unlink()
    slow = read_book(folder)
    folded, recorder = fold(folder)
    assert quick.seq == slow.seq == result.figures["events"]
    assert digest(quick.book.truth) == digest(slow.book.truth) == digest(folded.truth) == digest(result.book.truth)
    assert recorder.fills_seen == result.figures["fills"]
    assert quick.genesis.title == "small"


def test_a_damaged_checkpoint_is_passed_over(tmp_path):
    write(tmp_path, days=1)
    prepared, told = prepare(tmp_path / "small.yaml")
    result = live(prepared, told, Settings(state=tmp_path / "state"))
    folder = journal_of(tmp_path / "state")
    for snapshot in (folder / "snapshots").iterdir():
        snapshot.write_bytes(snapshot.read_bytes()[:-3] + b"xyz")
    assert read_book(folder).book.truth.counts.events == result.figures["events"]
