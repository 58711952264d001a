"""The OpenAPI document: the routes, and what the gate asks before them."""

from copy import deepcopy
from typing import Any

from openbell.edges.web.gate import COOKIE, MOST_BODY, PACES
from openbell.edges.web.policy import POLICIES, Policy

SCHEMES = {
    "session": {
        "type": "apiKey", "in": "cookie", "name": COOKIE,
        "description": "A session, from POST /api/login, /api/setup or /api/open.",
    },
    "csrf": {
        "type": "apiKey", "in": "header", "name": "X-OpenBell-CSRF",
        "description": "Proof against forgery, `csrf` of GET /api/session; with a session, on all that changes.",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "A program's key, from POST /api/tokens."},
}  # fmt: skip
TEXTS = {
    400: "The body cannot be read as JSON.",
    401: "Nobody is logged in; asked before anything of the request is read.",
    403: "Not allowed, or proof against forgery or a second proof is missing (E2403).",
    404: "There is no such state, deployment or thing; the text names those that there are.",
    405: "The path does not take this method.",
    409: "It cannot be done as things stand; the text says why.",
    413: f"The body is longer than {MOST_BODY} bytes.",
    421: "The server does not answer to this name.",
    422: "Something in the request is not as it must be; `field` names it.",
    429: "Too many questions in this minute; Retry-After says for how many seconds to wait.",
    431: "The headers are too long.",
    500: "Something went wrong inside; the log of the process has it under this id.",
}
_PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document with what the gate asks: who may call, how often, how it refuses."""
    # The framework keeps the one that it gives, and gives it again.
    document = deepcopy(document)
    document.setdefault("components", {})["securitySchemes"] = SCHEMES
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            policy = POLICIES[method.upper(), path]
            operation["security"] = _proofs(method, policy)
            operation["responses"] = _responses(method, operation, policy)
            operation["description"] = " ".join((operation.get("description", ""), _terms(policy))).strip()
    return document


def _proofs(method: str, policy: Policy) -> list[dict[str, list[str]]]:
    if not policy.scope:
        return []
    session: dict[str, list[str]] = {"session": []} if method == "get" else {"session": [], "csrf": []}
    return [session] if policy.is_for_sessions or policy.needs_step_up else [session, {"token": []}]


def _responses(method: str, operation: dict[str, Any], policy: Policy) -> dict[str, Any]:
    asks = bool(operation.get("parameters")) or "requestBody" in operation
    codes = {403, 413, 421, 429, 431, 500}
    codes |= {401} if policy.scope or policy.pace == "login" else set()
    codes |= {404, 409, 422} if asks else {409} if policy.pace == "stop" else set()
    codes |= {400} if "requestBody" in operation else set()
    own = {code: found for code, found in operation["responses"].items() if code[0] in "23"}
    return own | {str(code): {"description": TEXTS[code], "content": _PROBLEM} for code in sorted(codes)}


def _terms(policy: Policy) -> str:
    """Return in words what a caller needs."""
    who = f"Needs the right to {policy.scope}." if policy.scope else "Open to everybody."
    step = " Needs a second proof within five minutes (POST /api/step-up)." if policy.needs_step_up else ""
    often = "Never held back." if policy.pace == "stop" else f"{PACES[policy.pace]} a minute and address."
    return f"{who}{step} {often}"
