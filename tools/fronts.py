"""The page of local fronts: what can go wrong at which, and the operator's port, written from the code."""

from importlib import import_module
from pathlib import Path

from openbell import wire
from openbell.wire.script import ASKED, KINDS, Ground

HEAD = """# Local fronts

Each of `openbell venue KIND` speaks a broker's protocol on this machine, and can be made to fail in the ways that real
ones do. Faults and the operator are the same for all; what a front cannot play is refused when the script is read.

## Fault scripts

```yaml
faults:
  - {do: timeout_after_accept, at: submit, nth: 3}
  - {do: duplicate_fill, every: 2, after: 500ms}
  - {do: mute, at: on_execution, nth: 4, lasts: 10s}
```

Each fault has `do`, and may have `at` (a request, or on_order, on_execution, on_bar, on_quote), `nth` (strikes at that
occurrence, 1), `every` (again at each so-manieth), `times` (at most so often; 1, without bound with `every`) and
`symbol`. Other options: `after`, `lasts` (spans), `by` (a span, may be negative), `qty` (units), `status` (503),
`ticks`, `changes`, `size` (bytes), `code`, `how`, `accept` (was it carried out? true), `confirm`. At one occurrence one
fault strikes: the first of the script. `openbell venue KIND --faults FILE`.

| do | strikes at | options | what it does | played by |
|---|---|---|---|---|
"""
PLACES = """
"anything" is any request or announcement. Requests by front:

| front | requests |
|---|---|
"""
TAIL = """
## The operator's port

With `--control-port N` (0 for any): HTTP on 127.0.0.1, `Authorization: Bearer TOKEN`. The token stands in the file
beside the log that ends in `.token`, the ports in use (the front's, the operator's) in the one that ends in `.ports`.
A body is JSON; what is wrong with it is answered with status 400 and `text`.

| request | body | does |
|---|---|---|
| `GET /truth` | | orders (ended ones too), executions, positions, cash, halts |
| `GET /faults` | | the faults in force: how often each place was passed (`seen`), how often it struck (`struck`) |
| `POST /fault` | a fault, as in a script | adds it; its occurrences count from now |
| `POST /calm` | | takes every fault away and sets the clock right; what lasts already goes on to its end |
| `POST /trade` | `symbol`, `side`, `qty` | a trade by hand |
| `POST /fill` | `cid`, `qty` | executes some of a live order |
| `POST /halt` | `symbol`, `halted` | halts a symbol or opens it again |
| `POST /flags` | `symbol`, `tradable`, `shortable`, `easy_to_borrow`, `fractionable` | what Alpaca's list says of it |
| `POST /cut` | | cuts every connection |
| `POST /play` | `instants` | plays the next instants of the market |
"""


def grounds() -> dict[str, Ground]:
    """Return what each front can play, by its name."""
    root = Path(next(iter(wire.__path__)))
    names = sorted(folder.name for folder in root.iterdir() if (folder / "hands.py").is_file())
    return {name: import_module(f"openbell.wire.{name}.hands").GROUND for name in names}


def fronts_page(root: Path) -> str:
    """Return the page, the same for every tree under `root`."""
    known = grounds()
    rows = []
    for name, kind in KINDS.items():
        played = ", ".join(front for front, ground in known.items() if name in ground.faults)
        options = ", ".join(kind.options)
        rows.append(f"| `{name}` | {_places(kind.at)} | {options} | {kind.text} | {played or 'none yet'} |")
    asked = [
        f"| {name} | {', '.join(p for p in one.places if not p.startswith('on_'))} |" for name, one in known.items()
    ]
    return HEAD + "\n".join(rows) + "\n" + PLACES + "\n".join(asked) + "\n" + TAIL


def _places(at: tuple[str, ...]) -> str:
    """Return where a fault strikes, in short."""
    pushed = [place for place in at if place.startswith("on_")]
    asked = [place for place in at if not place.startswith("on_")]
    if len(pushed) == 4 and len(asked) == len(ASKED):
        return "anything"
    if len(asked) == len(ASKED):
        asked = ["any request"]
    return ", ".join([*asked, *pushed])
