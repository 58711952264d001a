"""The operator's port of any front.

Faults, trades by hand, fills, halts, cuts, plays and the truth, over HTTP with a token;
docs/reference/fronts.md has the words.
"""

import hmac
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, Protocol

import msgspec
from aiohttp import web

from openbell.schema import parse_decimal
from openbell.wire.log import Log
from openbell.wire.script import Ground, Rule, ScriptError, rule_of

MAX_INSTANTS = 100_000
"""Most instants played by one request."""


class Operator(Protocol):
    """What a front lends to its operator.

    Attributes:
        ground, rules: What can go wrong here, and what will. log: Acts are written down. time: Its clock, UTC ns.
    """

    ground: Ground
    rules: list[Rule]
    log: Log

    @property
    def time(self) -> int:
        """The front's clock, UTC ns."""

    def truth(self) -> dict[str, Any]:
        """Return orders, executions, positions and cash as they are."""

    def trade(self, symbol: str, side: str, qty: Decimal) -> dict[str, Decimal]:
        """Trade by hand and return the positions.

        Raises:
            ValueError: It cannot be.
        """

    def fill(self, cid: str, qty: Decimal) -> bool:
        """Execute some of a live order now; False where there is none."""

    def halt(self, symbol: str, *, is_halted: bool) -> None:
        """Halt a symbol, or open it again.

        Raises:
            ValueError: It cannot be.
        """

    def flag(self, symbol: str, flags: dict[str, Any]) -> None:
        """Let the list say something else of a symbol.

        Raises:
            ValueError: It cannot be.
        """

    def set_right(self) -> None:
        """Set the clock right."""

    def cut(self) -> None:
        """Cut every connection at once."""

    def play(self, instants: int) -> int:
        """Play the next instants of the market and return how many there were."""


class Control:
    """Answers the operator."""

    def __init__(self, operator: Operator, token: str) -> None:
        """Act for those who know `token`."""
        self._operator = operator
        self._token = token

    def application(self) -> web.Application:
        """Return the port's routes."""
        app = web.Application(middlewares=[_guard(self._token)], client_max_size=1 << 16)
        app.add_routes([
            web.get("/truth", self.truth),
            web.get("/faults", self.faults),
            web.post("/fault", self.fault),
            web.post("/calm", self.calm),
            web.post("/trade", self.trade),
            web.post("/fill", self.fill),
            web.post("/halt", self.halt),
            web.post("/flags", self.flags),
            web.post("/cut", self.cut),
            web.post("/play", self.play),
        ])  # fmt: skip
        return app

    async def truth(self, http: web.Request) -> web.Response:
        """Tell everything as it is."""
        return _json(self._operator.truth() | {"time": self._operator.time})

    async def faults(self, http: web.Request) -> web.Response:
        """Tell the faults in force, with how often each place was passed and how often it struck."""
        return _json({"faults": [msgspec.to_builtins(rule) for rule in self._operator.rules]})

    async def fault(self, http: web.Request) -> web.Response:
        """Add a fault, written as in a script; its occurrences count from now."""
        fields = await _body(http)
        self._operator.rules.append(rule_of(fields, self._operator.ground))
        self._note("fault_added", {"fault": fields})
        return _json({"ok": True})

    async def calm(self, http: web.Request) -> web.Response:
        """Take every fault away and set the clock right; what lasts already goes on to its end."""
        struck = {rule.do: rule.struck for rule in self._operator.rules}
        self._operator.rules.clear()
        self._operator.set_right()
        self._note("calm", {})
        return _json({"ok": True, "struck": struck})

    async def trade(self, http: web.Request) -> web.Response:
        """Trade by hand: symbol, side, qty."""
        fields = await _body(http)
        side = str(fields["side"])
        if side not in ("buy", "sell"):
            raise ValueError(f"{side!r} is no side: buy or sell")
        self._note("operator", {"what": "trade", "asked": fields})
        return _json({"ok": True, "positions": self._operator.trade(str(fields["symbol"]), side, _qty(fields))})

    async def fill(self, http: web.Request) -> web.Response:
        """Execute some of a live order now: cid, qty."""
        fields = await _body(http)
        self._note("operator", {"what": "fill", "asked": fields})
        return _json({"ok": self._operator.fill(str(fields["cid"]), _qty(fields))})

    async def halt(self, http: web.Request) -> web.Response:
        """Halt a symbol, or open it again: symbol, halted."""
        fields = await _body(http)
        self._operator.halt(str(fields["symbol"]), is_halted=bool(fields["halted"]))
        self._note("operator", {"what": "halt", "asked": fields})
        return _json({"ok": True})

    async def flags(self, http: web.Request) -> web.Response:
        """Let the list say something else of a symbol: symbol, and the vendor's own flags."""
        fields = await _body(http)
        flags = {name: value for name, value in fields.items() if name != "symbol"}
        self._operator.flag(str(fields["symbol"]), flags)
        self._note("operator", {"what": "flags", "asked": fields})
        return _json({"ok": True})

    async def cut(self, http: web.Request) -> web.Response:
        """Cut every connection at once."""
        self._operator.cut()
        return _json({"ok": True})

    async def play(self, http: web.Request) -> web.Response:
        """Play the next instants of the market now: instants."""
        wanted = int((await _body(http)).get("instants", 1))
        if not 1 <= wanted <= MAX_INSTANTS:
            raise ValueError(f"instants must be from 1 to {MAX_INSTANTS}")
        return _json({"ok": True, "played": self._operator.play(wanted)})

    def _note(self, kind: str, fields: dict[str, Any]) -> None:
        self._operator.log.write(self._operator.time, kind, fields)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _guard(token: str) -> Any:
    """Return the middleware that turns away who lacks the token, and tells who asked wrongly what was wrong."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return web.json_response({"ok": False, "text": "the token is missing or wrong"}, status=401)
        try:
            return await handler(request)
        except (ScriptError, ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
            return web.json_response({"ok": False, "text": str(error)}, status=400)

    return guard


async def _body(http: web.Request) -> dict[str, Any]:
    return msgspec.json.decode(await http.read() or b"{}", type=dict[str, Any])


def _json(body: dict[str, Any]) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")


def _qty(fields: dict[str, Any]) -> Decimal:
    qty = parse_decimal(fields["qty"])
    if qty <= 0:
        raise ValueError("qty must be above 0")
    return qty
