"""What a terminal shows of one run, from its state or a server, and its one word."""

import getpass
import json
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from openbell.core.ladder import FLATTEN
from openbell.edges.web.ports import Order, Refused, UnknownState
from openbell.links import in_the_open
from openbell.run.clock import Clock
from openbell.run.web.keeper import Keeper
from openbell.run.web.room import Room

PATIENCE_S = 10.0
REASON = "emergency stop from the terminal"


class Unreachable(Exception):
    """What is to be shown cannot be had; the text says why."""


class Desk(Protocol):
    """One run, seen and stopped. Both may take a moment, and raise Unreachable."""

    def look(self) -> dict[str, Any]:
        """Return the run as it stands, in the form of `/api/snapshot`."""

    def stop(self) -> str:
        """Close everything, and say what became of that word."""


class OwnDesk:
    """Of a state on this machine; no server is needed."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Follow a state."""
        self._keeper = Keeper(folder.parent, (folder,))
        self._room, self._name = Room(self._keeper, clock), folder.name

    def look(self) -> dict[str, Any]:
        """See `Desk`."""
        self._keeper.find()
        try:
            scene = self._keeper.scene(self._name)
            while self._keeper.look(scene):
                pass
            scene.feel()
            return self._room.snapshot(self._name)[1]
        except UnknownState as unknown:
            raise Unreachable(str(unknown)) from None

    def stop(self) -> str:
        """See `Desk`."""
        order = Order(kind="kill", actor=f"terminal {getpass.getuser()}", reason=REASON, tier=FLATTEN)
        try:
            return str(self._room.give(self._name, order)["text"])
        except (Refused, UnknownState, OSError) as error:
            raise Unreachable(str(error)) from None


class ServedDesk:
    """Of a control room that serves elsewhere, or here; a token opens it."""

    def __init__(self, address: str, token: str, state: str = "") -> None:
        """Ask a server for a state, empty for its first.

        Raises:
            Unreachable: The address is another machine's and not https: the token would go in the open.
        """
        found = urlsplit(address)
        if found.scheme not in ("http", "https") or not found.hostname:
            raise Unreachable(f"{address!r} is no address; write http://127.0.0.1:8787")
        if (fault := in_the_open(address)) is not None:
            raise Unreachable(f"the token would be told to others: {fault}")
        self._address, self._token, self._state = address.rstrip("/"), token, state

    def look(self) -> dict[str, Any]:
        """See `Desk`."""
        if not self._state:
            states = self._ask("/api/states")["states"]
            if not states:
                raise Unreachable("the server shows no run yet")
            self._state = states[0]["id"]
        return self._ask(f"/api/snapshot?state={quote(self._state)}")

    def stop(self) -> str:
        """See `Desk`."""
        form = {"state": self._state or self.look()["run"]["id"], "kind": "kill", "tier": FLATTEN, "reason": REASON}
        return str(self._ask("/api/command", form)["text"])

    def _ask(self, path: str, form: dict[str, Any] | None = None) -> dict[str, Any]:
        body = json.dumps(form).encode() if form is not None else None
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = Request(self._address + path, body, headers)  # noqa: S310  # http or https, as checked
        try:
            with urlopen(request, timeout=PATIENCE_S) as reply:  # noqa: S310  # http or https, as checked
                found: dict[str, Any] = json.load(reply)
                return found
        except HTTPError as error:
            raise Unreachable(_said(error)) from None
        except (URLError, OSError, ValueError) as error:
            raise Unreachable(f"{self._address} does not answer: {error}") from None


def _said(error: HTTPError) -> str:
    try:
        return f"the server says {error.code}: {json.load(error)['error']['text']}"
    except (ValueError, KeyError, TypeError):
        return f"the server says {error.code}"
