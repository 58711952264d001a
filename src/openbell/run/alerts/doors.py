"""Where words that stop come in: a mailbox, and a port for Twilio's messages and calls."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec
from aiohttp import web

from openbell.core.types import NS
from openbell.edges.alerts import calls, email, sms
from openbell.edges.alerts.inbox import Inbox, Place, visit
from openbell.edges.alerts.letter import Fault, Letter
from openbell.run.alerts.stopping import Stopping, Word
from openbell.run.clock import Clock

XML = "application/xml"


class Mailbox:
    """Visits a mailbox again and again, and answers those who may stop."""

    def __init__(self, name: str, options: email.Config, stopping: Stopping, clock: Clock) -> None:
        """Read the inbox of a channel."""
        box = options.inbox or Inbox()
        own = {"user": box.user or options.user, "password": box.password or options.password}
        self._box = box.model_copy(update=own)
        self._name, self._options, self._stopping, self._clock = name, options, stopping, clock
        self.place = Place()

    async def run(self, keep: Callable[[bytes], None]) -> None:
        """Visit, for ever; a visit that fails is followed by the next."""
        while True:
            with suppress(Fault):
                await self.look(keep)
            await asyncio.sleep(self._box.every / NS)

    async def look(self, keep: Callable[[bytes], None]) -> None:
        """Visit once.

        The place is kept behind what was obeyed: a code counts once, however often its mail is read.

        Raises:
            Fault: The mailbox cannot be read.
        """
        place, found = await asyncio.to_thread(visit, self._box, self.place)
        for came in (one for one in found if "stop" in one.subject.casefold()):
            word = Word(channel=self._name, sender=came.sender, text=came.subject, arrived=came.arrived)
            # A sender whom the receiving server did not check counts as nobody.
            allowed = self._options.control if came.is_checked else ()
            said = await self._stopping.obey(word, allowed)
            if said:
                await self._answer(came.sender, said)
        if place != self.place:
            self.place = place
            keep(msgspec.json.encode(place))

    async def _answer(self, target: str, said: str) -> None:
        now = self._clock.now()
        letter = Letter(
            mark=f"answer-{now}", number=0, ts=now, level="warning", kind="system", event="control",
            title="openbell", text=said,
        )  # fmt: skip
        try:
            await email.send(self._options, letter, target)
        except Fault:
            # What was done is told to every channel anyway.
            return


class Port:
    """Hears Twilio, on a port of this machine.

    Attributes:
        port: Where it listens, once it does.
    """

    def __init__(self, name: str, options: sms.Config, stopping: Stopping, clock: Clock) -> None:
        """Listen as a channel says."""
        self._name, self._options, self._stopping, self._clock = name, options, stopping, clock
        self.port = 0

    async def run(self) -> None:
        """Listen, for ever. Raises OSError where the port is taken."""
        listen = self._options.listen
        if listen is None:
            return
        app = web.Application(client_max_size=calls.MOST_BODY)
        app.router.add_post("/{path:.*}", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, listen.host, listen.port)
        try:
            await site.start()
            self.port = runner.addresses[0][1]
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        listen, options = self._options.listen, self._options
        is_call = request.path.endswith("/voice")
        form = {name: str(value) for name, value in (await request.post()).items()}
        url = "" if listen is None else f"{listen.url}/voice" if is_call else listen.url
        given = request.headers.get("X-Twilio-Signature", "")
        if not calls.is_signed(options.token, url, form, given) or form.get("AccountSid") != options.sid:
            # Nothing is told: not even that somebody listens.
            return web.Response(status=403)
        sender = form.get("From", "")
        text = f"stop {form.get('Digits', '')}" if is_call else form.get("Body", "")
        if is_call and not form.get("Digits"):
            return web.Response(text=calls.asking(url), content_type=XML)
        word = Word(channel=self._name, sender=sender, text=text, arrived=self._clock.now())
        said = await self._stopping.obey(word, options.control)
        return web.Response(text=calls.spoken(said) if is_call else calls.message(said), content_type=XML)
