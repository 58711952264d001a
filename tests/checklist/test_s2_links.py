"""S2-127: whatever leaves this machine is encrypted, or nothing starts.

The lists here are complete: a new place that opens a link, or a new option that names another machine, fails until it
is named with the rule that holds for it.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

import pytest

from openbell.config.explain import ConfigError
from openbell.config.model import Configuration
from openbell.run import assemble
from openbell.run.study.dask import Dask
from openbell.run.study.executor import Backend
from openbell.run.study.ray import Ray
from openbell.run.study.trial import StudyError
from openbell.run.web.desk import ServedDesk, Unreachable
from openbell.run.web.public import PublicBind, check
from openbell.schema import PartConfig
from tests.cli.process import CONFIG, Said
from tools.tree import ROOT

Caller = Callable[..., Said]

SMS = "{kind: sms, sid: AC1, token: '${WORD}', sender: '+15550001111', to: ['+15550001112']"
KINDS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    # kind of link: what stands in the file, what is refused in it, what is taken
    "webhook": ("{kind: webhook, url: 'LINK'}", ("http://a.example/1",), ("https://a.example/1", "http://127.0.0.1:1")),
    "slack": ("{kind: slack, url: 'LINK'}", ("http://hooks.slack.com/1",), ("https://hooks.slack.com/1",)),
    "discord": ("{kind: discord, url: 'LINK'}", ("http://discord.com/1",), ("https://discord.com/1",)),
    "telegram": (
        "{kind: telegram, token: '${WORD}', chats: ['1'], api: 'LINK'}",
        ("http://bots.example",), ("https://bots.example", "http://localhost:8081"),
    ),
    "sms": (SMS + ", api: 'LINK'}", ("http://sms.example",), ("https://sms.example",)),
    "sms.listen.url": (
        SMS + ", control: ['+15550001112'], listen: {url: 'LINK'}}", ("http://in.example/sms",), ("https://in.example/sms",),
    ),
    "sms.listen.host": (
        SMS + ", control: ['+15550001112'], listen: {url: 'https://in.example/sms', host: 'LINK'}}",
        ("0.0.0.0", "10.0.0.4"), ("127.0.0.1",),  # no address is bound
    ),
    "sentry": ("{kind: sentry, dsn: 'LINK'}", ("http://key@sentry.io/7",), ("https://key@sentry.io/7",)),
    "apprise": (
        "{kind: apprise, url: 'LINK'}",
        ("json://a.example", "xml://a.example", "ntfy://topic", "mailto://me:word@a.example", "later://a.example"),
        ("jsons://a.example", "ntfys://topic", "json://localhost:1", "tgram://123:abc/4"),
    ),
    "email": (
        "{kind: email, server: LINK, to: [me@example.com]}",
        ("mail.example, security: none",),
        ("mail.example", "mail.example, security: tls", "127.0.0.1, security: none"),
    ),
    "email.inbox": (
        "{kind: email, to: [me@example.com], control: [me@example.com], inbox: {server: LINK, user: me, password: '${WORD}'}}",
        ("mail.example, security: none",),
        ("mail.example", "mail.example, security: starttls", "127.0.0.1, security: none"),
    ),
}  # fmt: skip
BROKERS = {
    "plain": (
        "{broker: plain, account: A1, key: '${WORD}', url: 'LINK'}",
        ("ws://a.example:7001/v1", "ws://10.0.0.4:7001/v1"),
    ),
    "alpaca": (
        "{broker: alpaca, key: '${KEY}', secret: '${WORD}', url: 'LINK'}",
        ("http://paper-api.alpaca.markets", "http://10.0.0.4:8765"),
    ),
    "binance": (
        "{broker: binance, key: '${KEY}', secret: '${WORD}', url: 'LINK'}",
        ("http://testnet.binance.vision", "http://10.0.0.4:8766"),
    ),
}
SECRETS = MappingProxyType({"WORD": "word", "KEY": "PKWORD"})


def why_not(folder: Path, text: str) -> list[str]:
    """Return what is wrong with a file, nothing where it can be run."""
    file = folder / "links.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        assemble.read(file, SECRETS)
    except ConfigError as error:
        return [problem.text() for problem in error.problems if not problem.is_warning]
    return []


def with_channel(kind: str, link: str) -> str:
    words = KINDS[kind][0].replace("LINK'", f"{link}'").replace("LINK", link)
    return f"{CONFIG}alerts:\n  - {words}\n"


@pytest.mark.parametrize(("kind", "link"), [(kind, link) for kind, (_, bad, _) in KINDS.items() for link in bad])
def test_no_channel_goes_in_the_open_to_another_machine(tmp_path: Path, kind: str, link: str) -> None:
    (told,) = why_not(tmp_path, with_channel(kind, link))
    line = CONFIG.count("\n") + 2
    assert told.startswith(f"{tmp_path}/links.yaml:{line}:"), "it is told where it stands"
    assert "open" in told or "unencrypted" in told
    assert "; write" in told or "; choose" in told or "write security" in told or "write 127.0.0.1" in told


@pytest.mark.parametrize(("kind", "link"), [(kind, link) for kind, (_, _, good) in KINDS.items() for link in good])
def test_what_is_encrypted_or_stays_on_this_machine_is_taken(tmp_path: Path, kind: str, link: str) -> None:
    assert why_not(tmp_path, with_channel(kind, link)) == []


def test_who_watches_whether_we_live_is_called_over_tls(tmp_path: Path) -> None:
    assert why_not(tmp_path, f"{CONFIG}alerts: {{dead_man: {{url: 'https://a.example/1'}}}}\n") == []
    (told,) = why_not(tmp_path, f"{CONFIG}alerts: {{dead_man: {{url: 'http://a.example/1'}}}}\n")
    assert "alerts.dead_man.url: http:// goes in the open" in told


@pytest.mark.parametrize(("broker", "link"), [(name, link) for name, (_, bad) in BROKERS.items() for link in bad])
def test_no_broker_is_reached_in_the_open(tmp_path: Path, broker: str, link: str) -> None:
    words = BROKERS[broker][0].replace("LINK", link)
    (told,) = why_not(tmp_path, CONFIG.replace("{broker: sim, cash: 10000 USD}", words))
    assert ".url:" in told and link in told


def test_an_option_of_a_part_that_nobody_knows_is_held_to_it_too(tmp_path: Path) -> None:
    (tmp_path / "far.py").write_text(
        "from openbell.schema import PartConfig, Text\n\n\nclass Config(PartConfig):\n    feed: Text = ''\n\n\n"
        "STATE = (('n', 'i8', 1),)\n\n\ndef step(state, params, row):\n    return 0.0, 'no_signal'\n",
        encoding="utf-8",
    )
    text = CONFIG.replace("{kind: ema_cross, fast: 12, slow: 26}", "{kind: ./far.py, feed: 'LINK'}")
    told = why_not(tmp_path, text.replace("LINK", "tcp://signals.example:9000"))
    assert any("strategy.feed: tcp:// goes in the open" in one for one in told), told


def test_check_and_every_start_refuse_with_the_same_words(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_URL", "http://a.example/token-0815")
    file = tmp_path / "links.yaml"
    file.write_text(CONFIG + 'alerts:\n  - {url: "${ALERT_URL}"}\n', encoding="utf-8")
    told = {}
    for verb in ("check", "plan", "backtest", "run", "notify"):
        said = call(verb, file, *(("--state", tmp_path / "state") if verb == "run" else ()))
        assert said.code == 2, verb
        assert "0815" not in said.err + said.out
        told[verb] = [line for line in said.err.splitlines() if "[C112]" in line]
    (words,) = {tuple(lines) for verb, lines in told.items() if verb != "notify"}
    assert len(words) == 1 and "${ALERT_URL}: http:// goes in the open" in words[0]
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("address", "is_told"),
    [
        ("tcp://10.0.0.1:8786", True), ("10.0.0.1:8786", True), ("ws://a.example:8786", True), ("ucx://10.0.0.1:1", True),
        ("tls://10.0.0.1:8786", False), ("tcp://127.0.0.1:8786", False), ("127.0.0.1:8786", False), ("", False),
    ],
)  # fmt: skip
def test_a_dask_cluster_elsewhere_is_joined_over_tls_alone(address: str, is_told: bool) -> None:
    from openbell.run.study.dask import open_cluster

    assert (open_cluster(address) is not None) == is_told


@pytest.mark.parametrize(
    ("address", "environment", "is_told"),
    [
        ("10.0.0.1:6379", {}, True), ("ray://a.example:10001", {}, True), ("auto", {}, True),
        ("10.0.0.1:6379", {"RAY_USE_TLS": "0"}, True), ("10.0.0.1:6379", {"RAY_USE_TLS": "1"}, False),
        ("127.0.0.1:6379", {}, False), ("ray://localhost:10001", {}, False), ("[::1]:6379", {}, False), ("", {}, False),
    ],
)  # fmt: skip
def test_a_ray_cluster_elsewhere_is_joined_over_tls_alone(
    address: str, environment: dict[str, str], is_told: bool
) -> None:
    from openbell.run.study.ray import open_cluster

    assert (open_cluster(address, environment) is not None) == is_told


@pytest.mark.parametrize(("engine", "kind"), [(Dask, "dask"), (Ray, "ray")])
def test_no_bar_is_sent_to_a_cluster_before_that_is_known(
    engine: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_USE_TLS", raising=False)
    with pytest.raises(StudyError, match="in the open"):
        engine(None, None, Backend(kind=kind, cluster="10.0.0.1:8786"))


def test_a_control_room_elsewhere_is_asked_over_tls_alone_and_ours_answers_others_over_tls_alone() -> None:
    with pytest.raises(Unreachable, match="in the open"):
        ServedDesk("http://a.example:8787", "obt_a_b")
    with pytest.raises(PublicBind, match="--tls-cert"):
        check("0.0.0.0", None, ("10.0.0.0/8",), has_factor=True, has_link=False)  # it is refused


PLACES = {
    # Everything in the package that opens a link or a door, and the kind of link that stands for it.
    "edges/alerts/apprise.py": "apprise",
    "edges/alerts/email.py": "email",
    "edges/alerts/inbox.py": "email.inbox",
    "edges/alerts/posting.py": "webhook slack discord telegram sms sentry",
    "edges/brokers/carrier.py": "alpaca binance",
    **{
        f"edges/brokers/alpaca/{name}.py": "alpaca"
        for name in ("assets", "bars", "examine", "guard", "probe", "socket")
    },
    **{
        f"edges/brokers/binance/{name}.py": "binance"
        for name in ("catalogue", "examine", "guard", "klines", "probe", "socket")
    },
    **{f"edges/brokers/plain/{name}.py": "plain" for name in ("guard", "probe", "socket")},
    "edges/signals/door.py": "this machine",
    "run/alerts/doors.py": "sms.listen.host",
    "run/hatch.py": "a file of this machine",
    "run/study/dask.py": "--cluster",
    "run/study/ray.py": "--cluster",
    "run/venue.py": "this machine",
    "run/web/desk.py": "--server",
    "run/web/serve.py": "--host",
}
_CALLS = """
ClientSession ws_connect SMTP SMTP_SSL IMAP4 IMAP4_SSL POP3 FTP urlopen create_connection create_datagram_endpoint
open_connection start_server create_server TCPSite SockSite HTTPConnection HTTPSConnection uvicorn.Server socket.socket
LocalCluster ray.init Apprise
"""
OPENERS = frozenset(_CALLS.split())


def test_every_place_that_opens_a_link_is_named_here_with_its_rule() -> None:
    found = {
        path.relative_to(ROOT / "src" / "openbell").as_posix()
        for path in sorted((ROOT / "src" / "openbell").rglob("*.py"))
        if any(_opens(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == set(PLACES)


def _opens(node: ast.AST) -> bool:
    """Say whether something is called that opens a link, such as `aiohttp.ClientSession(...)`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    return bool({name, ast.unparse(node.func)} & OPENERS)


def test_the_fronts_of_brokers_and_the_port_of_signals_listen_on_this_machine_alone() -> None:
    from openbell.edges.signals import door
    from openbell.run import venue

    assert (venue.HOST, door.HOST) == ("127.0.0.1", "127.0.0.1")


HOSTS = {
    # Every option that names a machine without a scheme, and the kind of link whose rule holds for it.
    ("email", "server"): "email", ("email.inbox", "server"): "email.inbox", ("sms.listen", "host"): "sms.listen.host",
}  # fmt: skip
WORDS = ("server", "host", "port", "address", "endpoint", "api", "url", "dsn", "uri", "hosts", "servers", "broker_url")


def test_every_option_that_names_a_machine_is_held_to_the_rule() -> None:
    found = assemble.shelves(None)
    models = {name: found.channels[name] for name in found.channels}
    models |= {f"broker {name}": found.brokers[name] for name in found.brokers}
    models |= {f"feed {name}": found.feeds[name] for name in found.feeds}
    models |= {"file": Configuration}
    told = {(where, name) for where, name in _options(models) if name in WORDS and name != "port"}
    addresses = {(where, name) for where, name in told if name not in ("server", "host")}
    assert told - addresses == set(HOSTS)
    assert addresses == {
        ("apprise", "url"), ("discord", "url"), ("slack", "url"), ("webhook", "url"), ("sentry", "dsn"),
        ("telegram", "api"), ("sms", "api"), ("sms.listen", "url"), ("file.alerts.dead_man", "url"),
        ("broker alpaca", "url"), ("broker binance", "url"), ("broker plain", "url"),
    }  # fmt: skip
    # Who has a port has a machine; signals are heard on this one alone.
    assert {where for where, name in _options(models) if name == "port"} == {where for where, _ in HOSTS} | {
        "file.signals"
    }


def _options(models: dict[str, type[PartConfig]]) -> Iterator[tuple[str, str]]:
    """Yield (where, name) of every option, also of options within options."""
    for where, model in models.items():
        for name, field in model.model_fields.items():
            yield where, name
            inner = {one for one in _leaves(field.annotation) if isinstance(one, type) and issubclass(one, PartConfig)}
            for one in inner - {PartConfig}:
                yield from _options({f"{where}.{name}": one})


def _leaves(kind: Any) -> Iterator[Any]:
    yield from [kind] if not get_args(kind) else [leaf for one in get_args(kind) for leaf in _leaves(one)]
