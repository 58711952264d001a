"""One server, one owner, and requests drawn from the OpenAPI document."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from openbell.edges.web.gate import COOKIE, PACES
from openbell.run import attended
from openbell.run.web.serve import Place, Told, api_document, serve
from tests.run.web.stage import PASSWORD, home_with

ENDS = ("/api/logout", "/api/logout-all")
"""After these nobody is in any more."""
NAMES = {"state": "small", "id": "small:cross", "symbol": "AAA", "account": "main", "deployment": "cross"}
"""What there is in the state that is served."""
UNKNOWABLE = {key: [positive_data_acceptance] for key in ("/api/trading/deploy", "/api/backtests")}
"""The document does not name the strategies that there are: what else it allows is refused with 422."""
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
"""How a request that the document does not allow is refused; 413 is a body too long to be read at all."""
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


class Caller:
    """The owner, at a server.

    Attributes:
        address: Of the server. answers: How often each status has come, by method and path.
    """

    def __init__(self, told: Told) -> None:
        self.address = told.address.rstrip("/")
        self.answers: Counter[tuple[str, int]] = Counter()
        self.http = requests.Session()
        made = self._post("/api/setup", {"code": told.setup_code, "password": PASSWORD})
        self._keep(made)

    def headers(self) -> dict[str, str]:
        """Return what a session sends."""
        return {"Cookie": f"{COOKIE}={self._cookie}", "X-OpenBell-CSRF": self._csrf}

    def again(self) -> None:
        """Log in anew."""
        self._keep(self._post("/api/login", {"password": PASSWORD}))

    def _post(self, path: str, form: dict[str, str]) -> requests.Response:
        reply = requests.post(self.address + path, json=form, timeout=60)
        assert reply.status_code == 200, reply.text
        return reply

    def _keep(self, reply: requests.Response) -> None:
        self._cookie, self._csrf = reply.cookies[COOKIE], reply.json()["csrf"]


@contextmanager
def served(home: Path) -> Iterator[Caller]:
    """Serve the states of a home, in a thread, to somebody who may ask as often as they like.

    What was deployed would outlive the server, and the home in which it trades: it is ended with both.
    """
    is_over, is_up = threading.Event(), threading.Event()
    found: list[Told] = []
    runs: list[attended.Process] = []
    begin = attended.begin

    def noted(*given: Any) -> attended.Process:
        runs.append(begin(*given))
        return runs[-1]

    def tell(told: Told) -> None:
        found.append(told)
        is_up.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("openbell.run.web.serve.PACES", dict.fromkeys(PACES, 1_000_000))
        patch.setattr(attended, "begin", noted)
        serving = threading.Thread(target=lambda: asyncio.run(serve(Place(home=home, port=0), tell, is_over.is_set)))
        serving.start()
        try:
            assert is_up.wait(60)
            yield Caller(found[0])
        finally:
            is_over.set()
            serving.join()
            for run in runs:
                run.terminate()
            for run in runs:
                attended.abandon(run)


def operations(*, is_known: bool = False) -> list[Any]:
    """Return every operation that the document names; with names of what is really there in its requests, or any."""
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})
    schema = schemathesis.openapi.from_dict(_document(is_known=is_known), config=config)
    return [found.ok() for found in schema.get_all_operations()]


def _document(*, is_known: bool) -> dict[str, Any]:
    """Return the document without who may ask: that is the matrix of callers and routes beside the gate's tests."""
    found: dict[str, Any] = json.loads(json.dumps(api_document()))
    for path, operation in ((path, one) for path, methods in found["paths"].items() for one in methods.values()):
        del operation["security"]
        has_names = is_known and not path.startswith("/api/backtests/")
        for parameter in operation.get("parameters", ()):
            if has_names and parameter["name"] in NAMES:
                parameter["schema"] = {"const": NAMES[parameter["name"]]}
    for form in ("Command", "Emergency") if is_known else ():
        found["components"]["schemas"][form]["properties"]["state"] = {"const": NAMES["state"]}
    return found


def try_out(caller: Caller, operation: Any, examples: int, modes: tuple[GenerationMode, ...] = (POSITIVE,)) -> None:
    """Send requests of one operation and hold each answer against the document.

    A request that the document allows is not refused as wrong; one that it does not allow is; nothing ends in 5xx; every
    answer has a documented status, type and form.
    """
    name = f"{operation.method.upper()} {operation.path}"

    def send(case: Any) -> None:
        reply = case.call(base_url=caller.address, headers=caller.headers(), session=caller.http, timeout=60)
        caller.answers[name, reply.status_code] += 1
        case.validate_response(reply, headers=caller.headers(), excluded_checks=UNKNOWABLE.get(operation.path, []))
        if operation.path in ENDS and reply.status_code == 204:
            caller.again()

    for mode in modes:
        try:
            strategy = operation.as_strategy(generation_mode=mode)
            quiet = (hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.filter_too_much)
            hypothesis.settings(
                max_examples=examples,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=quiet,
                phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
            )(hypothesis.given(case=strategy)(send))()
        except hypothesis.errors.Unsatisfiable:
            assert mode is NEGATIVE, f"{name}: the document allows no request"


def prints(folder: Path) -> dict[str, str]:
    """Return the digest of every file below a folder."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def states(folder: Path) -> Path:
    """Return a home with one state that has ended."""
    return home_with(folder, "small")
