"""The operator's port of the plain venue.

Faults, trades by hand, halts, bars on demand, its own truth. Token needed.
"""

import hmac
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

from openbell.schema import parse_decimal
from openbell.wire.plain.clerk import Push
from openbell.wire.plain.market import Market
from openbell.wire.plain.script import ScriptError, rule_of
from openbell.wire.plain.server import Server

MAX_INSTANTS = 100_000
"""Most instants played by one request."""


class Control:
    """Answers the operator."""

    def __init__(self, server: Server, token: str, market: Market) -> None:
        """Act on `server` and its market for those who know `token`."""
        self.server = server
        self._token = token
        self.market = market

    def application(self) -> web.Application:
        """Return the port's routes."""
        app = web.Application(middlewares=[_guard(self._token)], client_max_size=1 << 16)
        app.add_routes([
            web.get("/truth", self.truth),
            web.post("/fault", self.fault),
            web.post("/trade", self.trade),
            web.post("/fill", self.fill),
            web.post("/halt", self.halt),
            web.post("/cut", self.cut),
            web.post("/play", self.play),
        ])  # fmt: skip
        return app

    async def truth(self, http: web.Request) -> web.Response:
        """Tell orders, executions, positions, cash, epoch and halts as they are."""
        return _json(self.server.desk.truth() | {"time": self.server.time, "bars": self.market.played})

    async def fault(self, http: web.Request) -> web.Response:
        """Add a fault, written as in a script; its occurrences count from now."""
        fields = await _body(http)
        rule = rule_of(fields)
        self.server.mischief.rules.append(rule)
        self.server.log.write(self.server.time, "fault_added", {"fault": fields})
        return _json({"ok": True})

    async def trade(self, http: web.Request) -> web.Response:
        """Trade by hand: symbol, side, qty."""
        fields = await _body(http)
        symbol, side = str(fields["symbol"]), str(fields["side"])
        if symbol not in self.server.desk.clerk.instruments or side not in ("buy", "sell"):
            raise ValueError(f"{symbol} cannot be traded here, or {side} is no side")
        self._publish("trade", fields, self.server.desk.clerk.trade(symbol, side, _qty(fields), self.server.time))
        return _json({"ok": True, "positions": dict(self.server.desk.books.positions)})

    async def fill(self, http: web.Request) -> web.Response:
        """Execute some of a live order now: cid, qty."""
        fields = await _body(http)
        pushes = self.server.desk.clerk.fill(str(fields["cid"]), _qty(fields), self.server.time)
        self._publish("fill", fields, pushes)
        return _json({"ok": bool(pushes)})

    async def halt(self, http: web.Request) -> web.Response:
        """Halt a symbol, or open it again: symbol, halted."""
        fields = await _body(http)
        symbol, is_halted, halted = str(fields["symbol"]), bool(fields["halted"]), self.server.desk.clerk.halted
        if is_halted:
            halted.add(symbol)
        else:
            halted.discard(symbol)
        body = {"symbol": symbol, "halted": is_halted, "time": self.server.time}
        self._publish("halt", fields, [Push(stream="status", body=body, symbol=symbol)])
        return _json({"ok": True})

    async def cut(self, http: web.Request) -> web.Response:
        """Cut every connection at once."""
        self.server.log.write(self.server.time, "fault", {"what": "cut", "whose": "all"})
        self.server.cut(self.server.clients)
        return _json({"ok": True})

    async def play(self, http: web.Request) -> web.Response:
        """Play the next instants of the market now: instants."""
        wanted = int((await _body(http)).get("instants", 1))
        if not 1 <= wanted <= MAX_INSTANTS:
            raise ValueError(f"instants must be from 1 to {MAX_INSTANTS}")
        return _json({"ok": True, "played": self.market.play(wanted)})

    def _publish(self, what: str, fields: dict[str, Any], pushes: list[Push]) -> None:
        self.server.log.write(self.server.time, "operator", {"what": what, "asked": fields})
        self.server.publish(pushes)


def _guard(token: str) -> Any:
    """Return the middleware that turns away who lacks the token, and tells who asked wrongly what was wrong."""

    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return web.json_response({"ok": False, "text": "the token is missing or wrong"}, status=401)
        try:
            done: web.StreamResponse = await handler(request)
        except (ScriptError, ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
            return web.json_response({"ok": False, "text": str(error)}, status=400)
        return done

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
