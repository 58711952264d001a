"""What is open to whom. A route that does not stand here is closed to everybody."""

import re

import msgspec

READ, CANCEL, TRADE, ADMIN, NOBODY = "read", "cancel", "trade", "admin", ""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Of one method of one path.

    Attributes:
        scope: What a caller must have; empty for a public route. Who may trade may cancel.
        pace: Which window of questions counts it: read, write, login, try (a test message may cost money), or stop,
            which is never held back.
        needs_step_up: True where a session must just have proved who it is.
        is_for_sessions: True where a token will not do.
    """

    scope: str
    pace: str = "read"
    needs_step_up: bool = False
    is_for_sessions: bool = False


_READ = Policy(scope=READ)
_STOP = Policy(scope=CANCEL, pace="stop")
POLICIES: dict[tuple[str, str], Policy] = {
    ("GET", "/"): Policy(scope=NOBODY),
    ("GET", "/static/{path}"): Policy(scope=NOBODY),
    ("GET", "/docs"): _READ,
    ("GET", "/openapi.json"): _READ,
    ("GET", "/api/health"): Policy(scope=NOBODY),
    ("GET", "/api/session"): Policy(scope=NOBODY),
    ("POST", "/api/setup"): Policy(scope=NOBODY, pace="login"),
    ("POST", "/api/login"): Policy(scope=NOBODY, pace="login"),
    ("POST", "/api/open"): Policy(scope=NOBODY, pace="login"),
    ("POST", "/api/logout"): Policy(scope=READ, pace="write", is_for_sessions=True),
    ("POST", "/api/logout-all"): Policy(scope=ADMIN, pace="write", is_for_sessions=True),
    ("POST", "/api/step-up"): Policy(scope=READ, pace="login", is_for_sessions=True),
    ("POST", "/api/second-factor/begin"): Policy(scope=ADMIN, pace="write", needs_step_up=True, is_for_sessions=True),
    ("POST", "/api/second-factor/confirm"): Policy(scope=ADMIN, pace="login", needs_step_up=True, is_for_sessions=True),
    ("GET", "/api/tokens"): Policy(scope=ADMIN, is_for_sessions=True),
    ("POST", "/api/tokens"): Policy(scope=ADMIN, pace="write", needs_step_up=True, is_for_sessions=True),
    ("DELETE", "/api/tokens/{key}"): Policy(scope=ADMIN, pace="write", is_for_sessions=True),
    ("POST", "/api/ticket"): Policy(scope=READ),
    ("GET", "/api/states"): _READ,
    ("GET", "/api/snapshot"): _READ,
    ("GET", "/api/bars"): _READ,
    ("GET", "/api/equity"): _READ,
    ("GET", "/api/decisions"): _READ,
    ("GET", "/api/fills"): _READ,
    ("GET", "/api/trades"): _READ,
    ("GET", "/api/alerts"): _READ,
    ("GET", "/api/alerts/told"): _READ,
    ("POST", "/api/alerts/acknowledge"): Policy(scope=TRADE, pace="write"),
    ("POST", "/api/alerts/try"): Policy(scope=TRADE, pace="try"),
    ("GET", "/api/journal"): _READ,
    ("GET", "/api/journal/verify"): _READ,
    ("GET", "/api/at"): _READ,
    ("GET", "/api/config"): _READ,
    ("GET", "/api/strategies"): _READ,
    ("POST", "/api/plan"): Policy(scope=READ, pace="write"),
    ("POST", "/api/trading/plan"): Policy(scope=READ, pace="write"),
    ("POST", "/api/trading/deploy"): Policy(scope=TRADE, pace="write"),
    ("POST", "/api/backtests"): Policy(scope=TRADE, pace="write"),
    ("GET", "/api/backtests"): _READ,
    ("GET", "/api/backtests/{id}"): _READ,
    ("DELETE", "/api/backtests/{id}"): Policy(scope=TRADE, pace="write"),
    ("GET", "/api/backtests/{id}/report"): _READ,
    ("GET", "/api/logs"): _READ,
    ("GET", "/api/calendars"): _READ,
    ("GET", "/health"): Policy(scope=NOBODY),
    ("GET", "/metrics"): _READ,
    ("POST", "/api/command"): _STOP,
    ("POST", "/api/trading/stop/{id}"): _STOP,
    ("POST", "/api/trading/emergency-stop"): _STOP,
    ("GET", "/api/trading/deployments"): _READ,
    ("GET", "/api/trading/deployment/{id}"): _READ,
    ("GET", "/api/trading/positions/{id}"): _READ,
    ("GET", "/api/trading/history/{id}"): _READ,
}
SOCKET = "/api/live"
"""The one websocket; a ticket opens it."""


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\})", path)
    made = (".+" if part == "{path}" else "[^/]+" if part.startswith("{") else re.escape(part) for part in parts)
    return re.compile("".join(made))


_PATTERNS = [(method, _pattern(path), policy) for (method, path), policy in POLICIES.items()]


def policy_of(method: str, path: str) -> Policy | None:
    """Return what holds for a request, None for one that is closed; HEAD counts as GET."""
    wanted = "GET" if method == "HEAD" else method
    return next((p for known, pattern, p in _PATTERNS if known == wanted and pattern.fullmatch(path)), None)


def methods_of(path: str) -> list[str]:
    """Return the methods that a path takes, none for one that there is not."""
    return [method for method, pattern, _ in _PATTERNS if pattern.fullmatch(path)]
