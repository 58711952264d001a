"""Questions that can wait: one after the other, behind everything else that a key sends."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from openbell.core.types import NS
from openbell.edges.brokers.budget import BULK, Budget
from openbell.edges.brokers.failures import Failure, RateLimited, Transient
from openbell.edges.brokers.reply import Reply, read
from openbell.edges.brokers.words import shut

if TYPE_CHECKING:
    import aiohttp

PATIENCE_NS = 30 * NS
"""How long one answer may take: a list of all instruments is some megabytes."""
MOST_SHUT_NS = 120 * NS
"""How long nobody may be asked at all before a question is given up."""
TRIES = 3
"""Times that a question is asked which the vendor has no room for."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What a question needs besides its account.

    Attributes:
        now: UTC time, ns. rates: Folder of the budgets that all processes share, None to keep them in this one.
    """

    now: Callable[[], int]
    rates: Path | None = None


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How a vendor is asked.

    Attributes:
        headers: That say who we are. words: The field in which a refusal says why.
        judge: Returns how an answer at an instant (UTC ns) says that it failed, None where it was taken.
        spare: Returns how much of the budget an answer's headers leave, None where they do not say.
    """

    headers: dict[str, str]
    words: str
    judge: Callable[[Reply, int], Failure | None]
    spare: Callable[[Any], int | None]


class Enquiry:
    """Asks one vendor."""

    def __init__(
        self,
        http: "aiohttp.ClientSession",
        budget: Budget,
        manner: Manner,
        now: Callable[[], int],
        patience: int = MOST_SHUT_NS,
    ) -> None:
        """Ask over `http`, at `now` (UTC ns), paced by the budget of the key.

        A question is given up where nobody may be asked at all for longer than `patience` (ns).
        """
        self._http = http
        self._budget = budget
        self._manner = manner
        self._now = now
        self._patience = patience

    async def ask(self, url: str, weight: int = 1) -> Any:
        """Return the data that an address (encoded already) answers.

        Raises:
            Failure: It was refused, or the answer cannot be read. Transient: There is none.
        """
        for left in reversed(range(TRIES)):
            await self._wait(weight)
            reply = await self._once(url)
            failure = self._manner.judge(reply, self._now())
            if failure is None:
                return reply.body
            if isinstance(failure, RateLimited):
                self._budget.obey(failure, self._now())
            if not isinstance(failure, RateLimited) or not left:
                raise failure
        raise Transient("asked too often")

    async def _wait(self, weight: int) -> None:
        import asyncio

        while True:
            now = self._now()
            until = self._budget.shut_until(now)
            if until - now > self._patience:
                raise RateLimited(shut(self._budget.why, until, now), until - now, is_shut=True)
            missing = self._budget.take(BULK, now, weight)
            if missing <= 0:
                return
            await asyncio.sleep(missing / NS)

    async def _once(self, url: str) -> Reply:
        # Every backtest comes by here and asks nobody: the libraries take a fifth of its start.
        import asyncio

        from aiohttp import ClientError
        from yarl import URL

        try:
            async with asyncio.timeout(PATIENCE_NS / NS):
                target, headers = URL(url, encoded=True), self._manner.headers
                async with self._http.get(target, headers=headers, allow_redirects=False) as answer:
                    reply = read(answer.status, answer.headers, await answer.read(), self._manner.words)
        except TimeoutError:
            raise Transient(f"no answer within {PATIENCE_NS // NS} s") from None
        except (ClientError, OSError) as error:
            raise Transient(f"{type(error).__name__}: {error}") from None
        spare = self._manner.spare(reply.headers)
        if spare is not None:
            self._budget.heed(spare, self._now())
        return reply
