"""What is open to whom."""

from pathlib import Path

from openbell.edges.web.app import Server
from openbell.edges.web.entrance import Entrance
from openbell.edges.web.gate import PACES, Reach
from openbell.edges.web.identity import Identity
from openbell.edges.web.policy import POLICIES, methods_of, policy_of
from openbell.edges.web.sessions import Paces, Sessions
from openbell.run.clock import WallClock
from openbell.run.web.keeper import Keeper
from openbell.run.web.room import Room


def routes() -> list[tuple[str, str]]:
    """Return every method and path that the application has, as it says them itself."""
    now = WallClock().now
    identity = Identity(Path("/nowhere/owner.json"), now)
    room = Room(Keeper(Path("/nowhere")), WallClock())
    entrance = Entrance(identity, Sessions(now), now, "0")
    api = Server(room, entrance, Paces(now, PACES), Reach(), now, "0").api
    shown = [(method.upper(), path) for path, methods in api.openapi()["paths"].items() for method in methods]
    own = [(method, route.path) for route in api.routes for method in getattr(route, "methods", None) or ()]
    return sorted({*shown, *own})


def as_policy(path: str) -> str:
    return path.replace("{path:path}", "{path}")


def test_E3_every_route_has_a_policy_and_every_policy_a_route() -> None:
    known = {(method, as_policy(path)) for method, path in routes() if method != "HEAD"}
    assert len(known) >= 35
    assert known == set(POLICIES)
    assert policy_of("GET", "/api/nothing") is None
    assert policy_of("PUT", "/api/states") is None
    assert policy_of("HEAD", "/api/states") == policy_of("GET", "/api/states")
    assert methods_of("/api/trading/stop/x") == ["POST"] and not methods_of("/api/trading/stop/x/y")
