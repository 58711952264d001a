"""Connections as TCP makes them: bytes arrive in order, late, in other pieces, or not at all once the line is cut.

Latency, partitions, refusals and cuts are the weather; a host's death ends what it had open, as its system would.
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import msgspec

from openbell.core.types import NS
from tests.loop.virtual import VirtualLoop
from tests.sim.chance import Draws

_TIMEOUT_NS = 60 * NS
"""How long a connect waits for an answer that does not come."""


class Host:
    """A process with its connections. `is_dead` from its end on."""

    def __init__(self) -> None:
        """Begin alive."""
        self.is_dead = False
        self.ends: list[End] = []


HOST: ContextVar[Host] = ContextVar("host")
"""Whose code runs."""


class Weather(msgspec.Struct):
    """How the network is just now.

    Attributes:
        least, most: Latency, ns. splits: Chance that what was sent in one piece arrives in two.
        silent_until: Nothing arrives before, ns. closed_until: Connections are refused before, ns.
    """

    least: int = 50_000
    most: int = 2_000_000
    splits: float = 0.0
    silent_until: int = 0
    closed_until: int = 0


class Network:
    """What carries bytes between hosts.

    Attributes:
        weather: As it is. cuts: Connections that were cut, so far.
    """

    def __init__(self, loop: VirtualLoop, draws: Draws, accept: Callable[[], Any], server: Host) -> None:
        """Let `accept` make a protocol of `server` for each connection."""
        self.loop, self.draws = loop, draws
        self.weather = Weather()
        self.cuts = 0
        self._accept, self._server = accept, server

    async def reach(self, address: Any) -> None:
        """Wait as long as a connect takes. Raises OSError."""
        weather, now = self.weather, self.loop.at
        if weather.silent_until > now:
            await self.loop.pause(min(weather.silent_until - now, _TIMEOUT_NS))
        await self.loop.pause(self.latency())
        if weather.closed_until > self.loop.at or self._server.is_dead:
            raise ConnectionRefusedError(111, f"{address} refused (simulated)")

    def latency(self) -> int:
        """Draw a latency, ns."""
        return self.draws.between(self.weather.least, self.weather.most)

    def join(self, protocol: Any) -> "End":
        """Connect a protocol of the running host to a new one of the server; return its end."""
        near, far = End(self, HOST.get(), protocol), End(self, self._server, self._accept())
        near.peer, far.peer = far, near
        self.loop.call_soon(far.protocol.connection_made, far)
        near.protocol.connection_made(near)
        return near

    def cut(self, host: Host) -> None:
        """Cut every connection of a host; what is on its way is lost."""
        for end in list(host.ends):
            self.cuts += 1
            for one in (end, end.peer):
                one.lose(ConnectionResetError(104, "cut (simulated)"))

    def kill(self, host: Host) -> None:
        """End a host's connections as its system does: what was sent arrives, and then the end."""
        host.is_dead = True
        for end in list(host.ends):
            end.hang_up(None)
            end.lose(ConnectionResetError(104, "dead (simulated)"))


class End(asyncio.Transport):
    """One end of a connection."""

    peer: "End"

    def __init__(self, network: Network, host: Host, protocol: Any) -> None:
        """Belong to a host's protocol."""
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 1)})
        self.protocol = protocol
        self._network, self._host = network, host
        self._is_closing = self._is_lost = self._is_paused = False
        self._backlog: list[bytes] = []
        self._last = 0
        host.ends.append(self)

    # --- out --------------------------------------------------------------------------------------------------

    def write(self, data: Any) -> None:
        """Send bytes on their way."""
        if self._is_closing or self._is_lost or not data:
            return
        whole, draws = bytes(data), self._network.draws
        pieces = [whole]
        if draws.chance(self._network.weather.splits) and len(whole) > 1:
            middle = draws.between(1, len(whole) - 1)
            pieces = [whole[:middle], whole[middle:]]
        for piece in pieces:
            self._post(self.peer.arrive, piece)

    def _post(self, act: Callable[[Any], None], what: Any) -> None:
        network = self._network
        # Never two at one instant: the loop's heap does not keep the order of equals.
        self._last = max(self._last + 2, network.loop.at + network.latency(), network.weather.silent_until)
        network.loop.call_at(self._last / NS, act, what)

    def close(self) -> None:
        """Send what was written, then end."""
        if not self._is_closing:
            self.hang_up(None)
            self._network.loop.call_soon(self.lose, None)

    def abort(self) -> None:
        """End at once."""
        if not self._is_lost:
            self.hang_up(ConnectionResetError(104, "reset by peer"))
            self._network.loop.call_soon(self.lose, None)

    def hang_up(self, error: Exception | None) -> None:
        """Let the other end learn, behind what was sent, that nothing more comes."""
        self._is_closing = True
        self._post(self.peer.lose, error)

    # --- in ---------------------------------------------------------------------------------------------------

    def arrive(self, data: bytes) -> None:
        """Take bytes in."""
        if self._is_lost:
            return
        if self._is_paused:
            self._backlog.append(data)
        else:
            self.protocol.data_received(data)

    def lose(self, error: Exception | None) -> None:
        """Take note of the end, once."""
        if self._is_lost:
            return
        self._is_lost = self._is_closing = True
        self._host.ends.remove(self)
        self.protocol.connection_lost(error)

    # --- what a transport is asked ------------------------------------------------------------------------------

    def is_closing(self) -> bool:
        """Return True from the first word of its end on."""
        return self._is_closing

    def pause_reading(self) -> None:
        """Keep what arrives."""
        self._is_paused = True

    def resume_reading(self) -> None:
        """Hand on what was kept."""
        self._is_paused = False
        while self._backlog and not self._is_paused:
            self.protocol.data_received(self._backlog.pop(0))

    def is_reading(self) -> bool:
        """Return True unless paused or over."""
        return not self._is_paused and not self._is_closing

    def get_write_buffer_size(self) -> int:
        """Return 0: what was written is on its way."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Need none."""

    def can_write_eof(self) -> bool:
        """Return False: a websocket ends both ways."""
        return False

    def set_protocol(self, protocol: Any) -> None:
        """Hand over to another protocol."""
        self.protocol = protocol

    def get_protocol(self) -> Any:
        """Return whose end it is."""
        return self.protocol
