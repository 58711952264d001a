"""The routes by which somebody comes in and goes out."""

from collections.abc import Callable
from typing import Literal

from fastapi import APIRouter, Request, Response

from openbell.core.types import DAY_NS
from openbell.edges.web import forms
from openbell.edges.web.audit import Audit
from openbell.edges.web.gate import COOKIE, Denied, actor_of
from openbell.edges.web.identity import SCOPES, Identity, Weak
from openbell.edges.web.sessions import STEPPED_UP_NS, OneTimeCode, Session, Sessions, Who

WRONG = "that is not the password, or its second factor is wrong or used already"


class Entrance:
    """Lets people in.

    Attributes:
        code: For the first set-up, None once it has been made. opener: Of a one-time link, None where there is none.
        audit: Where it is written down who comes, before they are let in.
    """

    def __init__(
        self, identity: Identity, sessions: Sessions, audit: Audit, now: Callable[[], int], version: str
    ) -> None:
        """Stand at the door; `now` tells UTC ns."""
        self.identity, self.sessions, self.audit = identity, sessions, audit
        self.code = None if identity.is_set_up else OneTimeCode(now)
        self.opener: OneTimeCode | None = None
        self._now, self._version = now, version

    def info(self, who: Who | None) -> forms.SessionInfo:
        """Return who is looking."""
        session = who.session if who is not None else None
        stage: Literal["setup", "anonymous", "open"] = (
            "open" if who is not None else "anonymous" if self.identity.is_set_up else "setup"
        )
        is_up = session is not None and self.sessions.is_stepped_up(session)
        return forms.SessionInfo(
            stage=stage, user=who.name if who is not None else None, scopes=list(who.scopes) if who is not None else [],
            csrf=session.csrf if session is not None else None, has_second_factor=self.identity.has_second_factor,
            stepped_up_until_ts=str(session.stepped_up + STEPPED_UP_NS) if is_up and session is not None else None,
            version=self._version, server_ts=str(self._now()),
        )  # fmt: skip

    def set_up(self, form: forms.Setup, response: Response, request: Request) -> forms.SessionInfo:
        """Make the owner and let them in."""
        actor = actor_of(request)
        self.audit.note(actor, "set-up", "" if self._is_code(form.code) else "refused")
        if self.code is None or not self.code.take(form.code):
            raise Denied(403, "E2406", "this code is not right, or too old; the server prints a new one at its start")
        try:
            self.identity.set_up(form.password)
        except Weak as weak:
            # Nothing has been made: the same code serves for a better password.
            self.code = self.code.again()
            raise Denied(422, "E2407", str(weak)) from None
        self.code = None
        return self._let_in(request, response, is_stepped_up=True)

    def is_in(self, who: Who) -> bool:
        """Return True while the session or the key of somebody who was let in has not ended."""
        if who.session is not None:
            return self.sessions.find(who.session.id) is not None
        return any(who.name == f"token {one.id}" and self._now() < one.expires for one in self.identity.tokens())

    def note(self, request: Request, what: str, text: str = "") -> None:
        """Write down what somebody does. Raises OSError; then it must not happen."""
        self.audit.note(actor_of(request), what, text)

    def _is_code(self, code: str) -> bool:
        return self.code is not None and self.code.is_like(code)

    def log_in(self, form: forms.Login, response: Response, request: Request) -> forms.SessionInfo:
        """Let the owner in."""
        actor = actor_of(request)
        is_owner = self.identity.check(form.password, form.totp)
        self.audit.note(actor, "log-in", "" if is_owner else "refused")
        if not is_owner:
            raise Denied(401, "E2408", WRONG)
        return self._let_in(request, response, is_stepped_up=True)

    def open(self, form: forms.Open, response: Response, request: Request) -> forms.SessionInfo:
        """Let in whoever has the link that this machine showed."""
        actor = actor_of(request)
        is_right = self.opener is not None and self.opener.take(form.code)
        self.audit.note(actor, "link", "" if is_right else "refused")
        if not is_right:
            raise Denied(403, "E2406", "this link has been used, or is too old; start again for a new one")
        return self._let_in(request, response, is_stepped_up=False, scopes=("read", "trade"))

    def _let_in(
        self, request: Request, response: Response, *, is_stepped_up: bool, scopes: tuple[str, ...] = SCOPES
    ) -> forms.SessionInfo:
        before: Who | None = request.scope["openbell.who"]
        # The session of who comes in anew ends: nobody who had it comes in along.
        if before is not None and before.session is not None:
            self.sessions.end(before.session.id)
        session = self.sessions.begin(scopes, is_stepped_up=is_stepped_up)
        response.set_cookie(COOKIE, session.id, secure=True, httponly=True, samesite="strict", path="/")
        return self.info(Who(name="owner", scopes=session.scopes, session=session))


def _session_of(request: Request) -> Session:
    who: Who = request.scope["openbell.who"]
    if who.session is None:
        raise Denied(403, "E2402", "a token will not do for this; log in")
    return who.session


class Door:
    """The handlers of the routes of an entrance; each method is one route."""

    def __init__(self, entrance: Entrance, now: Callable[[], int]) -> None:
        """Stand at an entrance; `now` tells UTC ns."""
        self._entrance, self._now = entrance, now
        self._identity, self._sessions = entrance.identity, entrance.sessions

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api", tags=["session"])
        add = router.add_api_route
        add("/session", self.session, methods=["GET"], summary="Who is looking")
        add("/setup", self.setup, methods=["POST"], summary="The first password")
        add("/login", self.login, methods=["POST"], summary="Come in")
        add("/open", self.open, methods=["POST"], summary="Come in by a link shown on this machine")
        add("/logout", self.logout, methods=["POST"], summary="Go out", status_code=204)
        add("/logout-all", self.logout_all, methods=["POST"], summary="End every session", status_code=204)
        add("/step-up", self.step_up, methods=["POST"], summary="Prove once more who you are")
        add("/second-factor/begin", self.begin_factor, methods=["POST"], summary="A new second factor")
        add("/second-factor/confirm", self.confirm_factor, methods=["POST"], summary="Keep a second factor")
        add("/tokens", self.tokens, methods=["GET"], summary="Keys for programs")
        add("/tokens", self.add_token, methods=["POST"], summary="A new key for a program; it is shown once")
        add("/tokens/{key}", self.drop_token, methods=["DELETE"], summary="End a key", status_code=204)
        add("/ticket", self.ticket, methods=["POST"], summary="A ticket for the socket")
        return router

    async def session(self, request: Request) -> forms.SessionInfo:
        """Tell who is looking."""
        return self._entrance.info(request.scope["openbell.who"])

    async def setup(self, form: forms.Setup, response: Response, request: Request) -> forms.SessionInfo:
        """Make the owner."""
        return self._entrance.set_up(form, response, request)

    async def login(self, form: forms.Login, response: Response, request: Request) -> forms.SessionInfo:
        """Let the owner in."""
        return self._entrance.log_in(form, response, request)

    async def open(self, form: forms.Open, response: Response, request: Request) -> forms.SessionInfo:
        """Let in whoever has the link."""
        return self._entrance.open(form, response, request)

    async def logout(self, request: Request, response: Response) -> None:
        """End this session."""
        self._entrance.note(request, "log-out")
        self._sessions.end(_session_of(request).id)
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict", path="/")

    async def logout_all(self, request: Request) -> None:
        """End every session."""
        self._entrance.note(request, "log-out of all")
        self._sessions.end_all()

    async def step_up(self, form: forms.Login, request: Request) -> forms.SessionInfo:
        """Take a second proof."""
        is_owner = self._identity.check(form.password, form.totp)
        self._entrance.note(request, "step-up", "" if is_owner else "refused")
        if not is_owner:
            raise Denied(403, "E2408", WRONG)
        self._sessions.step_up(_session_of(request))
        return self._entrance.info(request.scope["openbell.who"])

    async def begin_factor(self, request: Request) -> forms.Factor:
        """Offer a second factor."""
        self._entrance.note(request, "second factor", "offered")
        secret, address = self._identity.begin_second_factor()
        return forms.Factor(secret=secret, address=address)

    async def confirm_factor(self, form: forms.Confirm, request: Request) -> forms.Recovery:
        """Keep a second factor whose first code is right."""
        self._entrance.note(request, "second factor", "first code given")
        codes = self._identity.confirm_second_factor(form.secret, form.code)
        if codes is None:
            raise Denied(403, "E2408", "that code does not belong to this second factor; look at the clock of both")
        return forms.Recovery(recovery_codes=codes)

    async def tokens(self) -> list[forms.Token]:
        """List the keys, without their secrets."""
        return [
            forms.Token(
                id=one.id, name=one.name, scopes=list(one.scopes), networks=list(one.networks),
                expires_ts=str(one.expires), used_ts=str(one.used) if one.used else None,
            )
            for one in self._identity.tokens()
        ]  # fmt: skip

    async def add_token(self, form: forms.NewToken, request: Request) -> forms.Made:
        """Make a key."""
        scopes, networks = tuple(sorted(set(form.scopes))), tuple(form.networks)
        place = f", from {' '.join(networks)}" if networks else ""
        self._entrance.note(request, "key made", f"{form.name}: {' '.join(scopes)}, {form.days} days{place}")
        until = self._now() + form.days * DAY_NS
        return forms.Made(token=self._identity.add_token(form.name, scopes, until, networks))

    async def drop_token(self, key: str, request: Request) -> None:
        """End a key."""
        self._entrance.note(request, "key ended", key)
        if not self._identity.drop_token(key):
            raise Denied(404, "E2409", "there is no key of that id")

    async def ticket(self, request: Request) -> forms.Ticket:
        """Make a ticket."""
        return forms.Ticket(ticket=self._sessions.ticket(request.scope["openbell.who"]))
