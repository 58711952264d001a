"""Questions of `openbell init`: each proposes an answer; a wrong one is asked again."""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from openbell.cli.shell.failure import Wrong

if TYPE_CHECKING:
    from openbell.config.starter import Answers
    from openbell.run.data import Held

Check = Callable[[str], str]
"""Returns an answer in its plain form; raises ValueError `what; advice` for a wrong one."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line said already, as it was written; None where it said nothing."""

    mode: str | None = None
    data: str | None = None
    symbols: str | None = None
    risk: str | None = None
    alerts: str | None = None
    cash: str | None = None
    bars: str | None = None


def answered(given: Given, *, is_asking: bool) -> "tuple[Answers, str]":
    """Return what options and answers say, and the address of alerts or an empty text.

    Args:
        given: What is not asked any more.
        is_asking: False takes what is proposed for all that no option says.

    Raises:
        Wrong: An option is wrong, or nobody is there to answer.
    """
    from openbell.config.starter import APPETITES, MODES, SYNTHETIC, Answers
    from openbell.schema import Amount, parse_amount, parse_span

    held: dict[str, Held] = {}

    def ask(option: str | None, name: str, words: str, proposed: str, check: Check) -> str:
        if option is None and is_asking:
            return _asked(words, proposed, check)
        return _told(check, proposed if option is None else option, name)

    mode = ask(given.mode, "--mode", f"Where do orders go? {', '.join(MODES)}", "sim", _among(MODES))
    market = ask(given.data, "--data", "Market data? synthetic, or a folder of recorded bars", SYNTHETIC, _market(held))
    symbols = ask(given.symbols, "--symbols", "What is traded? symbols with commas", _proposed(held), _symbols(held))
    risk = ask(given.risk, "--risk", f"How much is at stake? {', '.join(APPETITES)}", "low", _among(APPETITES))
    url = ask(given.alerts, "--alerts", "Where do alerts go? none, or an address", "none", _address)
    cash: Amount | None = None
    if given.cash is not None:
        _told(lambda text: str(parse_amount(text)), given.cash, "--cash")
        cash = parse_amount(given.cash)
    traded = tuple(symbols.split(","))
    bars = _length(held, traded) if given.bars is None else given.bars
    _told(lambda text: str(parse_span(text)), bars, "--bars")
    answers = Answers(
        mode=mode, market=market, feed=_feed(market), symbols=traded, risk=risk, alerts=bool(url), cash=cash, bars=bars
    )
    return answers, url


def _asked(words: str, proposed: str, check: Check) -> str:
    """Ask until the answer is right; Enter takes what is proposed.

    Raises:
        Wrong: Nobody answers.
    """
    while True:
        sys.stderr.write(f"{words} [{proposed}]: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            sys.stderr.write("\n")
            raise Wrong("nobody answers, and nothing was written", "openbell init --yes asks nothing; options say more")
        try:
            return check(line.strip() or proposed)
        except ValueError as error:
            sys.stderr.write(f"  {error}\n")


def _told(check: Check, text: str, option: str) -> str:
    try:
        return check(text.strip())
    except ValueError as error:
        what, _, advice = str(error).partition("; ")
        raise Wrong(f"{option}: {what}", advice) from None


def _among(known: Iterable[str]) -> Check:
    names = tuple(known)

    def check(text: str) -> str:
        if text.lower() not in names:
            raise ValueError(f"{text!r} is none of them; write {', '.join(names[:-1])} or {names[-1]}")
        return text.lower()

    return check


def _market(held: "dict[str, Held]") -> Check:
    """Return the check of a market; what its files hold is put into `held`."""

    def check(text: str) -> str:
        from openbell.config.starter import SYNTHETIC
        from openbell.run.data import holdings

        held.clear()
        if text.lower() == SYNTHETIC:
            return SYNTHETIC
        path = Path(text).expanduser()
        if not path.exists():
            raise ValueError(f"{text} does not exist; write synthetic, or a folder of Parquet or CSV files")
        suffix = f".{_feed(str(path))}"
        try:
            held.update(holdings(path, suffix))
        except (ValueError, OSError) as error:
            what = str(error).replace(";", ",")
            raise ValueError(f"{what}; write synthetic, or a folder that holds files of bars") from None
        return str(path.resolve())

    return check


def _proposed(held: "Mapping[str, Held]") -> str:
    """Return the symbols that Enter takes: some that are there, of which a run would know what to read."""
    from openbell.config.starter import alike

    clear = [symbol for symbol, one in held.items() if not one.clash]
    return ", ".join(alike(clear or list(held))) if held else "SPY, QQQ"


def _length(held: "Mapping[str, Held]", symbols: tuple[str, ...]) -> str:
    """Return the length of a bar where no option says it: the shortest of which there are bars of every symbol."""
    from openbell.schema import format_span

    if not held:
        return "1m"
    common = set.intersection(*(set(held[symbol].intervals) for symbol in symbols))
    return format_span(min(common) if common else max(held[symbol].intervals[0] for symbol in symbols))


def _feed(market: str) -> str:
    """Return the kind of feed that reads a market.

    Raises:
        ValueError: Nothing readable is there.
    """
    from openbell.config.starter import SYNTHETIC
    from openbell.run.source import SourceError, chosen_by_path

    if market == SYNTHETIC:
        return SYNTHETIC
    try:
        return chosen_by_path(Path(market))
    except SourceError as error:
        raise ValueError(f"{error}; write synthetic, or a folder that holds such files") from None


def _symbols(held: "Mapping[str, Held]") -> Check:
    """Return the check of symbols: each once and, where bars are recorded, with bars that can be read."""

    def check(text: str) -> str:
        found = [symbol for symbol in re.split(r"[,\s]+", text.strip(" ,")) if symbol]
        twice = next((symbol for symbol in found if found.count(symbol) > 1), "")
        if twice:
            raise ValueError(f"{twice} stands twice; write each once")
        if not found:
            raise ValueError(f"at least one symbol is needed; write for example {_proposed(held)}")
        lacking = [symbol for symbol in found if held and symbol not in held]
        if lacking:
            raise ValueError(f"there are no bars of {', '.join(lacking)}; there are bars of {', '.join(held)}")
        clash = next(((symbol, held[symbol].clash) for symbol in found if held and held[symbol].clash), None)
        if clash is not None:
            what = f"bars of {clash[0]} stand in {' and '.join(clash[1])} for one and the same time"
            raise ValueError(f"{what}; name one of these files as the market data, or another symbol")
        return ",".join(found)

    return check


def _address(text: str) -> str:
    if text.lower() in ("none", "no", ""):
        return ""
    if not re.match(r"^[a-z][a-z0-9+.-]*://\S+$", text):
        raise ValueError("that is no address; write none, or one such as https://hook.example/abc")
    return text
