"""Who may send signals, as a file says it: every mistake at its place."""

from pathlib import Path

import pytest

from openbell.config.explain import C, ConfigError
from openbell.config.load import Loaded, load_signals
from openbell.config.plan import plan
from openbell.core.types import NS
from openbell.run import assemble

SECRET = "0123456789abcdef0123456789abcdef"
FILE = """\
source: {kind: synthetic, seed: 5, days: 1, interval: 1m, prices: {AURA: 84}}
instruments: {default: {kind: stock, calendar: 24x7}}
accounts:
  main: {broker: sim, cash: 100000 USD}
deployments:
  - name: desk
    strategy: {kind: webhook}
    instruments: [AURA]
    bars: 1m
    account: main
    budget: {capital: 50000 USD}
  - name: cross
    strategy: {kind: ema_cross}
    instruments: [AURA]
    bars: 1m
    account: main
    budget: {capital: 50000 USD}
signals:
  sources:
    desk: {secret: "${DESK}"}
"""


def read(folder: Path, *changes: tuple[str, str], secret: str = SECRET) -> Loaded:
    text = FILE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "c.yaml").write_text(text, encoding="utf-8")
    return assemble.read(folder / "c.yaml", {"DESK": secret})[0]


def problems(folder: Path, *changes: tuple[str, str], secret: str = SECRET) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigError) as raised:
        read(folder, *changes, secret=secret)
    found = [one for one in raised.value.problems if not one.is_warning]
    assert all(one.line and one.column for one in found)
    return [(f"{one.line}:{one.column}", one.path, one.code) for one in found]


def test_a_source_has_a_secret_and_its_terms(tmp_path: Path) -> None:
    signals = read(tmp_path).config.signals
    assert signals is not None
    source = signals.sources["desk"]
    assert (signals.port, source.secret, source.max_age, source.pace) == (8788, SECRET, 30 * NS, 60)


def test_the_deployment_has_a_source_outside_and_its_budget_is_in_force(tmp_path: Path) -> None:
    loaded = read(tmp_path)
    prepared = assemble.prepare(loaded, assemble.shelves(tmp_path))
    assert {name: one.signals for name, one in prepared.spec.deployments.items()} == {"desk": "desk", "cross": ""}
    assert "source_budget" in [rule.kind for rule in prepared.rules]


@pytest.mark.parametrize(("length", "is_good"), [(31, False), (32, True), (33, True)])
def test_a_secret_has_its_length(tmp_path: Path, length: int, is_good: bool) -> None:
    if is_good:
        read(tmp_path, secret="x" * length)
        return
    assert problems(tmp_path, secret="x" * length) == [("20:20", "signals.sources.desk.secret", C.VALUE)]


@pytest.mark.parametrize(
    ("more", "is_good"),
    [
        ("max_age: 1s", True), ("max_age: 999ms", False), ("max_age: 5m", True), ("max_age: 301s", False),
        ("pace: 1", True), ("pace: 0", False), ("pace: 600", True), ("pace: 601", False),
    ],
)  # fmt: skip
def test_terms_have_bounds(tmp_path: Path, more: str, is_good: bool) -> None:
    change = ('{secret: "${DESK}"}', f'{{secret: "${{DESK}}", {more}}}')
    if is_good:
        read(tmp_path, change)
    else:
        ((_, path, _),) = problems(tmp_path, change)
        assert path == f"signals.sources.desk.{more.partition(':')[0]}"


def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path, ("${DESK}", "${NOBODY}")) == [("20:20", "signals.sources.desk.secret", C.VARIABLE)]
    ((place, path, code),) = problems(tmp_path, ('{secret: "${DESK}"}', "{}"))
    assert (place, path, code) == ("20:5", "signals.sources.desk.secret", C.MISSING)


def test_whoever_listens_needs_a_source_and_the_other_way_round(tmp_path: Path) -> None:
    gone = FILE[FILE.index("signals:") :]
    assert problems(tmp_path, (gone, "")) == [("7:22", "deployments[0].strategy.kind", C.MISSING)]
    assert problems(tmp_path, ("    desk: {sec", "    dsk: {sec")) == [
        ("7:22", "deployments[0].strategy.kind", C.MISSING),
        ("20:5", "signals.sources.dsk", C.UNKNOWN_NAME),
    ]
    other = gone + '    cross: {secret: "${DESK}x"}\n'
    assert problems(tmp_path, (gone, other)) == [("21:5", "signals.sources.cross", C.CONTRADICTION)]


def test_two_sources_never_share_a_secret(tmp_path: Path) -> None:
    gone = FILE[FILE.index("signals:") :]
    both = (("kind: ema_cross", "kind: webhook"), (gone, gone + '    cross: {secret: "${DESK}"}\n'))
    assert problems(tmp_path, *both) == [("21:5", "signals.sources.cross", C.CONTRADICTION)]
    read(tmp_path, both[0], (gone, gone + '    cross: {secret: "${DESK}x"}\n'))


def test_a_deployment_that_is_left_out_takes_its_source_with_it(tmp_path: Path) -> None:
    assert read(tmp_path, ("  - name: desk\n", "  - name: desk\n    enabled: false\n")).config.signals is None
    gone = FILE[FILE.index("signals:") :]
    both = (("kind: ema_cross", "kind: webhook"), (gone, gone + '    cross: {secret: "${DESK}x"}\n'))
    found = read(tmp_path, *both, ("  - name: desk\n", "  - name: desk\n    enabled: false\n")).config.signals
    assert found is not None
    assert list(found.sources) == ["cross"]


def test_the_plan_names_who_may_send_and_the_secret_stands_nowhere(tmp_path: Path) -> None:
    loaded = read(tmp_path)
    told = plan(loaded)
    assert (
        "Signals: whoever has the secret of desk sets its targets at http://127.0.0.1:8788/signals/desk; "
        "each holds 30s, at most 60 a minute."
    ) in told.lines
    assert told.data["signals"] == [
        {"deployment": "desk", "address": "http://127.0.0.1:8788/signals/desk", "max_age": "30s", "pace": 60}
    ]
    assert SECRET not in f"{told.data}{loaded.masked}"


def test_a_recorded_configuration_can_be_read_again_and_opens_no_door(tmp_path: Path) -> None:
    read(tmp_path, ("${DESK}", "***"))
    with pytest.raises(ConfigError, match="is masked, and no secret"):
        load_signals(tmp_path / "c.yaml", {}, str)


def test_whoever_takes_signals_reads_nothing_else(tmp_path: Path) -> None:
    read(tmp_path)
    text = FILE.replace("cash: 100000 USD", 'cash: "${NOBODY}", api_key: "${vault:KEY}"')
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")

    def opens(name: str) -> str:
        raise AssertionError(name)

    found = load_signals(tmp_path / "c.yaml", {"DESK": SECRET}, opens)
    assert found is not None
    assert found.sources["desk"].secret == SECRET
    assert load_signals(tmp_path / "c.yaml", {"DESK": SECRET, "OPENBELL__SIGNALS__PORT": "1"}, opens).port == 1  # type: ignore[union-attr]  # it is there
    with pytest.raises(ConfigError, match="20:20 signals.sources.desk.secret: the value of ..DESK. is not a secret"):
        load_signals(tmp_path / "c.yaml", {"DESK": "short"}, opens)
    with pytest.raises(ConfigError, match="DESK is not set"):
        load_signals(tmp_path / "c.yaml", {}, opens)
    (tmp_path / "c.yaml").write_text(FILE[: FILE.index("signals:")], encoding="utf-8")
    assert load_signals(tmp_path / "c.yaml", {}, opens) is None
