"""Where messages go, which of them, and when."""

from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_serializer,
)

from openbell.config.choose import catalog_of, check, mark, need_mapping, no_kind
from openbell.config.deployment import Name
from openbell.config.explain import C, Fault, fail, known_text, nearest, shown, unknown_name
from openbell.config.happenings import ASKED_FOR, HAPPENINGS, KINDS, LEVELS, unknown_fields
from openbell.config.operations import DAYS, Weekday
from openbell.core.types import DAY_NS, MINUTE_NS, NS
from openbell.links import reachable
from openbell.schema import Hours, PartConfig, Span, Text, parse_hours

Level = Literal["info", "warning", "error", "critical"]
Above = Annotated[Span, Field(gt=0)]


def _least(value: Any) -> Any:
    faults = [_no_kind(kind) for kind in value if kind not in KINDS] if isinstance(value, dict) else []
    if faults:
        raise fail(faults)
    return value


def _no_kind(kind: object) -> Fault:
    what, meant = f"{shown(kind)} is no kind of alert", nearest(str(kind), KINDS)
    return Fault(loc=(str(kind),), code=C.UNKNOWN_NAME, what=what, meant=meant, advice=known_text(KINDS), is_key=True)


class Channel(PartConfig):
    """One way to reach somebody. Keys that are none of these are the options of its kind.

    Attributes:
        kind: email, telegram, slack, discord, sms, sentry, webhook, or apprise for every other service.
        name: Its own, by default the kind with a number behind it from the second on.
        level: Least level that goes there. kinds: Another least level for single kinds, or `off`. What is told of each
            single execution (`fill`) goes only where it stands here.
        digest: What is below error is gathered for so long and sent as one message; None for at once.
        options: Of its kind.
    """

    kind: str = Field(examples=["webhook"])
    name: Name | None = None
    level: Level = "warning"
    kinds: Annotated[dict[str, Level | Literal["off"]], BeforeValidator(_least)] = {}
    digest: Above | None = None
    options: PartConfig = PartConfig()

    @model_serializer(mode="wrap")
    def _flat(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        own = {k: v for k, v in handler(self).items() if v not in (None, {}) and k != "options"}
        return {**own, **self.options.model_dump(mode="json")}

    def least(self, kind: str) -> str:
        """Return the least level of a kind that goes there, or `off`."""
        return self.kinds.get(kind, "off" if kind == ASKED_FOR else self.level)

    def takes(self, kind: str, level: str) -> bool:
        """Say whether a message of a kind and level goes there."""
        least = self.least(kind)
        return least != "off" and LEVELS.index(level) >= LEVELS.index(least)


BY_ADDRESS = (("https://hooks.slack.com/", "slack"), ("https://", "webhook"), ("http://", "webhook"))
"""What a channel is whose entry names only an address; every other address is one of Apprise's."""
_OWN_KEYS = tuple(key for key in Channel.model_fields if key != "options")


def _channel(value: Any, info: ValidationInfo) -> Channel:
    """Return a channel; `{url: …}` alone is a webhook, of Slack where it is its own, or a service of Apprise's."""
    if isinstance(value, Channel):
        return value
    data = dict(need_mapping(value, 'keys to values, such as {url: "${ALERT_URL}"}'))
    known, faults = catalog_of(info).channels, list[Fault]()
    if "kind" not in data and isinstance(data.get("url"), str):
        kinds = (kind for begin, kind in BY_ADDRESS if data["url"].startswith(begin))
        data["kind"] = next(kinds, "apprise")
    kind, options = data.get("kind"), PartConfig()
    if "kind" not in data:
        faults.append(no_kind(known, "channel"))
    elif not isinstance(kind, str) or kind not in known:
        faults.append(unknown_name(("kind",), kind, "channel", known))
    else:
        rest = {key: item for key, item in data.items() if key not in _OWN_KEYS}
        options = check(known[kind], rest, faults, also=_OWN_KEYS) or options
    own = {"kind": "", **{key: item for key, item in data.items() if key in _OWN_KEYS and key != "kind"}}
    channel = check(Channel, own, faults)
    if channel is None or faults:
        raise fail(faults)
    return channel.model_copy(update={"kind": kind, "options": options})


class Escalate(PartConfig):
    """What happens when nobody says that he has seen a message.

    Attributes:
        after: How long that may take. level: Least level that waits for it. to: Names of channels that get it then.
        times: How often in all it is sent once more.
    """

    after: Above = 15 * MINUTE_NS
    level: Level = "critical"
    to: tuple[Text, ...] = Field(min_length=1, examples=["[sms]"])
    times: int = Field(default=3, ge=1, le=20)


class Summary(PartConfig):
    """When the summary of a day goes out.

    Attributes:
        at: Time of the day and zone, `17:30 America/New_York`; by default the end of the account's session.
    """

    at: Text | None = Field(default=None, examples=["17:30 America/New_York"])

    def when(self) -> tuple[time, ZoneInfo] | None:
        """Return the time of the day and its zone, None for the end of the session."""
        return None if self.at is None else _clock(self.at)


def _clock(text: str) -> tuple[time, ZoneInfo]:
    clock, _, zone = text.strip().partition(" ")
    hours = parse_hours(f"{clock}-{'00:00' if clock != '00:00' else '01:00'}{' ' if zone else ''}{zone}")
    return time(hours.start // 3600, hours.start % 3600 // 60), ZoneInfo(hours.zone)


class Weekly(PartConfig):
    """When the report of a week goes out: of all its sessions until then.

    Attributes:
        day: Of the week. at: Time of that day and its zone.
    """

    day: Weekday = "monday"
    at: Text = "08:00 America/New_York"

    def when(self) -> tuple[int, time, ZoneInfo]:
        """Return the day of the week (0: Monday), the time and its zone."""
        return DAYS.index(self.day), *_clock(self.at)


class Monthly(PartConfig):
    """When the report of a month goes out, on the first trading day of the next.

    Attributes:
        at: Time of that day and its zone; by default, and where it has passed by then, the opening.
    """

    at: Text | None = None

    def when(self) -> tuple[time, ZoneInfo] | None:
        """Return the time of the day and its zone, None for the opening."""
        return None if self.at is None else _clock(self.at)


def _summary(value: Any) -> Any:
    at = value.get("at") if isinstance(value, dict) else None
    if isinstance(at, str):
        try:
            _clock(at)
        except ValueError:
            raise ValueError(f"{at!r} is no time of a day; write for example 17:30 America/New_York") from None
    return value


class DeadMan(PartConfig):
    """An address that is called again and again.

    Whoever watches it raises an alarm when the calls stay away.
    """

    url: Annotated[Text, AfterValidator(reachable)] = Field(examples=['"${DEAD_MAN_URL}"'])
    every: Annotated[Span, Field(ge=NS, le=DAY_NS)] = MINUTE_NS


def _named(value: Any) -> Any:
    faults = []
    for name in value if isinstance(value, dict) else ():
        if name not in HAPPENINGS:
            meant, advice = nearest(str(name), HAPPENINGS), known_text(HAPPENINGS)
            what = f"{shown(name)} is nothing that alerts tell of"
            faults.append(Fault(loc=(name,), code=C.UNKNOWN_NAME, what=what, meant=meant, advice=advice, is_key=True))
    if faults:
        raise fail(faults)
    return value


def _worded(value: Any) -> Any:
    faults = []
    for name, words in _named(value).items() if isinstance(value, dict) else ():
        for field in unknown_fields(name, words) if isinstance(words, str) else ():
            known = HAPPENINGS[name].fields
            what = f"{{{field}}} is no field of {name}"
            advice = f"known: {', '.join(known)}"
            faults.append(
                Fault(loc=(name,), code=C.UNKNOWN_NAME, what=what, meant=nearest(field, known), advice=advice)
            )
    if faults:
        raise fail(faults)
    return value


class Alerts(PartConfig):
    """Everything about messages. A list stands for its channels alone.

    Attributes:
        enabled: False keeps every channel silent. channels: Where they go.
        quiet: Hours in which only what is critical is sent; the rest comes as one message when they end.
        repeat: The same message within so long is counted and told once.
        events: `false` for happenings that are not told. templates: Other words for happenings.
        escalate: What happens when nobody acknowledges. summary: Of each day, None for none.
        weekly, monthly: Reports of weeks and months; none where nothing is said.
        dead_man: Who raises an alarm when this system falls silent.
    """

    enabled: bool = True
    channels: tuple[Annotated[Channel, BeforeValidator(_channel), mark("channels")], ...] = ()
    quiet: Hours | None = None
    repeat: Span = 10 * MINUTE_NS
    events: Annotated[dict[str, bool], BeforeValidator(_named)] = {}
    templates: Annotated[dict[str, str], BeforeValidator(_worded)] = {}
    escalate: Escalate | None = None
    summary: Annotated[Summary | None, BeforeValidator(_summary)] = Summary()
    weekly: Annotated[Weekly | None, BeforeValidator(_summary)] = None
    monthly: Annotated[Monthly | None, BeforeValidator(_summary)] = None
    dead_man: DeadMan | None = None

    _is_list: bool = PrivateAttr(default=False)

    def note_form(self, *, is_list: bool) -> None:
        """Remember that the file has a list here: it is shown as one."""
        self._is_list = is_list

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> Any:
        found = {key: value for key, value in handler(self).items() if value is not None}
        return found["channels"] if self._is_list else found

    @property
    def place(self) -> tuple[str, ...]:
        """Path of the channels in the file."""
        return ("alerts",) if self._is_list else ("alerts", "channels")

    @property
    def named(self) -> dict[str, Channel]:
        """Channels by name, in the order of the file."""
        found: dict[str, Channel] = {}
        for channel in self.channels:
            same = sum(one.kind == channel.kind and one.name is None for one in found.values())
            found[channel.name or (f"{channel.kind}-{same + 1}" if same else channel.kind)] = channel
        return found

    @property
    def is_on(self) -> bool:
        """True where anything goes out at all."""
        return self.enabled and bool(self.channels or self.dead_man)


def read_alerts(value: Any, check_all: ValidatorFunctionWrapHandler) -> Alerts:
    """Return what stands under `alerts`; a list is that of its channels.

    Raises:
        PydanticCustomError: All that is wrong, with paths from the alerts on.
    """
    if isinstance(value, Alerts):
        return value
    is_list = isinstance(value, list | tuple)
    data = {"channels": value} if is_list else value
    need_mapping(data, 'a list such as [{url: "${ALERT_URL}"}], or channels: with a list below')
    found: Alerts = check_all(data)
    found.note_form(is_list=is_list)
    faults = list(_wrong_names(found))
    if faults:
        raise fail(faults)
    return found


def _wrong_names(alerts: Alerts) -> Iterator[Fault]:
    """Yield every name of a channel that stands twice, or that is no channel's."""
    given = [channel.name for channel in alerts.channels]
    for i, name in enumerate(given):
        if name is not None and name in given[:i]:
            what = f"{name!r} is the name of two channels"
            yield Fault(loc=("channels", i, "name"), code=C.CONTRADICTION, what=what, advice="rename one")
    known = alerts.named
    for i, name in enumerate(alerts.escalate.to if alerts.escalate is not None else ()):
        if name not in known:
            loc, what = ("escalate", "to", i), f"{name!r} is no channel"
            yield Fault(loc=loc, code=C.UNKNOWN_NAME, what=what, meant=nearest(name, known), advice=known_text(known))
