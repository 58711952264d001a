"""What is open to whom."""

from openbell.edges.web.policy import POLICIES, methods_of, policy_of
from openbell.run.web.serve import nowhere


def routes() -> list[tuple[str, str]]:
    """Return every method and path that the application has, as it says them itself."""
    api = nowhere().api
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
