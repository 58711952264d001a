"""What vendors list: asked, kept, settled, told, and what a state was begun with."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from openbell.config.emit import canonical
from openbell.core import events as ev
from openbell.core.types import MINUTE_NS
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import Transient
from openbell.edges.brokers.listed import Listed
from openbell.run import assemble, listings
from openbell.run.listings import HALTED, Listings, NotListed, Wire
from openbell.run.recover import start
from openbell.run.replay import replay
from openbell.run.shell import Settings, Shell
from openbell.run.source import Source
from openbell.run.state import journal
from tests.run.vendors import coins_file

BTC = Listed(fields={"kind": "crypto", "currency": "USDT", "can_short": False, "tick": "0.01", "lot": "0.00001"})
ETH = Listed(fields={"kind": "crypto", "currency": "USDT", "tick": "0.01", "lot": "0.0001"}, halted="ETHUSDT is BREAK")
NOW = 1_800_000_000 * 10**9
ACCESS = Access(now=lambda: NOW)
TRADED = {"main": ["BTCUSDT", "ETHUSDT"]}
FILE = coins_file()


class Vendor:
    """An adapter whose vendor answers, or fails."""

    LIMITS: dict[str, int] = {}

    def __init__(self, **symbols: Listed) -> None:
        self.symbols = symbols
        self.failure: Exception | None = None
        self.asked: list[tuple[str, ...]] = []

    def place(self, options: Any) -> tuple[str, str, str]:
        return "there", "host:1", "account"

    async def listed(self, options: Any, limits: Any, symbols: tuple[str, ...], access: Access) -> dict[str, Listed]:
        self.asked.append(symbols)
        if self.failure is not None:
            raise self.failure
        return self.symbols


def wires(vendor: Any) -> dict[str, Wire]:
    return {"main": cast(Wire, SimpleNamespace(broker=vendor, options=None))}


def prepared(folder: Path, known: dict[str, Listings] | None = None, text: str = FILE) -> assemble.Prepared:
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    loaded, found = assemble.read(path, {})
    return assemble.prepare(loaded, found, known=known)


def known(**symbols: Listed) -> dict[str, Listings]:
    return {"main": Listings(place="there host:1", as_of=NOW, symbols=symbols or {"BTCUSDT": BTC, "ETHUSDT": ETH})}


def test_a_vendor_is_asked_for_what_is_traded_and_its_word_is_kept(tmp_path: Path) -> None:
    vendor = Vendor(BTCUSDT=BTC, ETHUSDT=ETH)
    found = listings.ask(wires(vendor), {"main": ["BTCUSDT", "ETHUSDT", "BTCUSDT"]}, tmp_path, ACCESS)
    assert (found, vendor.asked) == (known(), [("BTCUSDT", "ETHUSDT")])
    assert listings.kept(wires(vendor), TRADED, tmp_path) == known()
    listings.ask(wires(Vendor(XRPUSDT=BTC)), {"main": ["XRPUSDT"]}, tmp_path, ACCESS)
    assert sorted(listings.kept(wires(vendor), {"main": [*TRADED["main"], "XRPUSDT"]}, tmp_path)["main"].symbols) == [
        "BTCUSDT", "ETHUSDT", "XRPUSDT",
    ]  # fmt: skip


def test_a_broker_that_lists_nothing_is_not_asked(tmp_path: Path) -> None:
    assert listings.ask(wires(SimpleNamespace()), TRADED, tmp_path, ACCESS) == {}
    assert listings.ask(wires(Vendor()), {"main": []}, tmp_path, ACCESS) == {}


def test_where_the_vendor_is_silent_its_kept_word_counts_and_without_one_nothing_is_traded(tmp_path: Path) -> None:
    vendor = Vendor(BTCUSDT=BTC, ETHUSDT=ETH)
    vendor.failure = Transient("no answer within 15 s")
    with pytest.raises(NotListed, match="main: there host:1 does not list its instruments: no answer") as refused:
        listings.ask(wires(vendor), TRADED, tmp_path, ACCESS)
    assert "start again once it answers" in refused.value.next
    listings.keep(tmp_path, known(BTCUSDT=BTC)["main"])
    with pytest.raises(NotListed):
        listings.ask(wires(vendor), TRADED, tmp_path, ACCESS)
    listings.keep(tmp_path, known(ETHUSDT=ETH)["main"])
    assert listings.ask(wires(vendor), TRADED, tmp_path, ACCESS) == known()
    later = NOW + 90 * MINUTE_NS
    assert listings.said_of(known(), later) == [
        "main: instruments as there host:1 lists them, asked 2027-01-15T08:00:00Z, 90 min ago"
    ]


def test_a_vendor_that_never_answers_is_not_waited_for_longer_than_was_said(tmp_path: Path) -> None:
    class Mute(Vendor):
        async def listed(self, options: Any, limits: Any, symbols: Any, access: Access) -> dict[str, Listed]:
            await asyncio.Event().wait()
            return {}

    with pytest.raises(NotListed, match=r"no answer within 0\.01 s"):
        listings.ask(wires(Mute()), TRADED, tmp_path, ACCESS, 10_000_000)


def test_a_symbol_that_the_vendor_does_not_list_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NotListed, match=r"^main: there host:1 does not list ETHUSDT; take it out of the file$"):
        listings.ask(wires(Vendor(BTCUSDT=BTC)), TRADED, tmp_path, ACCESS)


def test_a_kept_list_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    listings.keep(tmp_path, known()["main"])
    (file,) = (tmp_path / listings.FOLDER).iterdir()
    file.write_text("{")
    assert listings.kept(wires(Vendor()), TRADED, tmp_path) == {}


def test_two_vendors_that_list_a_symbol_differently_are_refused(tmp_path: Path) -> None:
    account = '{broker: binance, key: PKTEST, secret: secret, url: "http://127.0.0.1:1", cash: 100000 USDT}'
    other = (
        FILE[FILE.index("  - name") :].replace("name: cross", "name: other").replace("account: main", "account: two")
    )
    text = FILE.replace("accounts:\n", f"accounts:\n  two: {account}\n") + other
    found = known() | {"two": Listings(place="else host:2", as_of=NOW, symbols={"BTCUSDT": ETH, "ETHUSDT": ETH})}
    with pytest.raises(ValueError, match="^BTCUSDT: there host:1 and else host:2 list it differently; trade it at one"):
        prepared(tmp_path, found, text)


def test_an_instrument_is_told_with_whose_each_number_is(tmp_path: Path) -> None:
    made = prepared(tmp_path, known(), FILE + "instruments: {BTCUSDT: {lot: 0.001}}\n")
    told = [listings.words(made.spec.instruments[s], made.agreed.origins[s], known()["main"].symbols[s]) for s in
            ("BTCUSDT", "ETHUSDT")]  # fmt: skip
    assert told[0] == "BTCUSDT: tick 0.01 (vendor), lot 0.001 (file), can_short no (vendor)"
    assert told[1] == (
        "ETHUSDT: tick 0.01 (vendor), lot 0.0001 (vendor), can_short no (default); NOT TRADED NOW: ETHUSDT is BREAK"
    )


def test_what_a_vendor_says_otherwise_than_at_the_beginning_is_told() -> None:
    now = known(BTCUSDT=Listed(fields=BTC.fields | {"tick": "0.1"}), ETHUSDT=ETH)
    (told,) = listings.changed(known(), now)
    assert told.startswith("main BTCUSDT: there host:1 lists tick 0.01 is 0.1 now; ")
    assert listings.changed(known(), known()) == []


def test_what_is_not_traded_becomes_a_halt_and_its_end_once(tmp_path: Path) -> None:
    (halt,) = listings.halts(known(), {})
    assert (halt.instrument, halt.is_halted, halt.text) == ("ETHUSDT", True, HALTED + "ETHUSDT is BREAK")
    assert listings.halts(known(), {"ETHUSDT": halt.text}) == []
    (end,) = listings.halts(known(BTCUSDT=BTC), {"BTCUSDT": halt.text})
    assert (end.instrument, end.is_halted) == ("BTCUSDT", False)
    # A halt of the market is not ended by a list.
    assert listings.halts(known(BTCUSDT=BTC), {"BTCUSDT": "H volatility"}) == []


def begun(folder: Path, made: assemble.Prepared) -> Path:
    """Begin a state and let its engine live for a moment; return its folder."""
    begun = start(made, journal(folder), Source(tables=[], schedule=[], digest="live", notes=(), start=NOW))
    shell = Shell(
        made, Settings(state=folder, look_up=lambda *_: [], known=made.known, is_interrupted=lambda: True), begun
    )
    asyncio.run(shell.run())
    begun.journal.close()
    assert shell.book.truth.halted == {"ETHUSDT": HALTED + "ETHUSDT is BREAK"}
    return folder


def test_a_state_remembers_what_it_was_begun_with_and_replays_alike(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert listings.begun_with(journal(state)) is None
    state.mkdir()
    begun(state, prepared(tmp_path, known()))
    assert listings.begun_with(journal(state)) == known()
    assert replay(state, {}).difference == ""
    again = start(prepared(tmp_path, listings.begun_with(journal(state))), journal(state),
                  Source(tables=[], schedule=[], digest="live", notes=(), start=NOW))  # fmt: skip
    assert f"{again.engine.book.spec.instruments['BTCUSDT'].lot}" == "0.00001"
    # The halt of the list is the truth still: nothing is told twice.
    assert listings.halts(known(), again.engine.book.truth.halted) == []
    again.journal.close()


def test_the_effective_configuration_says_the_kind_that_an_instrument_has(tmp_path: Path) -> None:
    text = coins_file(more="instruments:\n  BTCUSDT: {lot: '0.0001'}\n  ETHUSDT: {sector: coins}\n")
    shown = json.loads(canonical(prepared(tmp_path, known(), text).loaded))["instruments"]
    assert {symbol: entry["kind"] for symbol, entry in shown.items()} == {"BTCUSDT": "crypto", "ETHUSDT": "crypto"}
    assert (shown["BTCUSDT"]["lot"], shown["BTCUSDT"]["tick"]) == ("0.0001", None)
    alone = json.loads(canonical(prepared(tmp_path, None, text).loaded))["instruments"]
    assert {entry["kind"] for entry in alone.values()} == {"stock"}, "nobody has said otherwise"


def test_text_and_lists_are_the_same() -> None:
    assert (listings.decode(listings.encode(known())), listings.encode({}), listings.decode("")) == (known(), "", {})
    assert isinstance(listings.halts(known(), {})[0], ev.Halt)
