"""A client that gives up: not so long after it began to ask, but so long after it was heard.

Front and client share a process. Where that stands still for a moment the client's time would be up before the front has
read what was asked, and a question that was never taken is not what a test of an answer that fails to come is about.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from openbell.wire.door import Door

Found = TypeVar("Found")


async def patient(door: Door, asking: Coroutine[Any, Any, Found], wait_s: float) -> Found:
    """Return what a question is answered with.

    Raises:
        TimeoutError: The door took the question, and nothing came of it for so many seconds.
    """
    heard, take = asyncio.Event(), door.take

    def hear(*given: Any) -> Any:
        heard.set()
        return take(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door, "take", hear)
        asked, taken = asyncio.ensure_future(asking), asyncio.ensure_future(heard.wait())
        await asyncio.wait({asked, taken}, return_when=asyncio.FIRST_COMPLETED)
        taken.cancel()
        async with asyncio.timeout(wait_s):
            return await asked
