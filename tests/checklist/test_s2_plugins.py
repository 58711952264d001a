"""Parts that installed packages bring, through the command line in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from openbell.core.events import Genesis
from openbell.run.records import first_event
from tests.checklist.market import Market, config, deployment, rows
from tests.cli.process import Said
from tests.plugins import ALWAYS, BROKEN, RAISES, install
from tests.ready import Ready
from tools.tree import ROOT

GOOD = {"always_in": ALWAYS.format(contract=1)}
BARS = [*rows([100] * 6), *rows([50] * 6, "BBB")]


def ask(folder: Path, *words: object) -> Said:
    """Call a verb in a process whose Python finds the packages of `folder`."""
    path = os.pathsep.join((str(folder / "site"), str(ROOT / "src"), str(ROOT)))
    process = Ready(
        [sys.executable, "-m", "openbell", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=folder, env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    out, err = process.communicate()
    return Said(process.returncode, out, err)


def market(folder: Path, kind: str = "always_in", **more: Any) -> Market:
    """Return a market of two symbols, traded by a kind and by a file beside it."""
    both = [deployment(symbols="BBB", budget="capital: 50000 USD"),
            deployment("theirs", strategy=kind, budget="capital: 50000 USD")]  # fmt: skip
    (folder / "site").mkdir(exist_ok=True)
    return Market(folder, config(deployments=both, **more), BARS)


def hash_of(made: Market, deployment: str) -> str:
    """Return what the journal says of a deployment's code and options."""
    genesis = first_event(made.state / "journal")
    assert isinstance(genesis, Genesis)
    return str(genesis.strategies[deployment])


def test_S2_139_a_package_is_loaded_and_its_version_is_shown_and_on_record(tmp_path: Path) -> None:
    made = market(tmp_path)
    install(tmp_path / "site", "acme-parts", GOOD)
    (told,) = [one for one in ask(tmp_path, "strategies", "list", "--json").data["strategies"] if one["package"]]
    assert (told["kind"], told["package"], told["sort"]) == ("always_in", "acme-parts 1.2.0", "compiled")
    said = ask(tmp_path, "strategies", "show", "always_in")
    assert said.out.startswith("always_in (compiled, of acme-parts 1.2.0)\n")
    ran = ask(tmp_path, "run", made.file, "--state", made.state, "--speed", "max", "--json")
    assert (ran.code, ran.data["is_complete"]) == (0, True)
    assert made.told.book.position("theirs", "AAA").qty > 0
    assert hash_of(made, "theirs").endswith("acme-parts 1.2.0")
    assert not hash_of(made, "alpha").endswith("0")


def test_S2_139_another_version_of_a_package_warms_up_anew(tmp_path: Path) -> None:
    made = market(tmp_path)
    install(tmp_path / "site", "acme-parts", GOOD)
    first = ask(tmp_path, "run", made.file, "--state", made.state, "--until", "2024-01-02T00:03", "--json")
    assert first.code == 0, first.err
    install(tmp_path / "site", "acme-parts", GOOD, version="1.3.0")
    second = ask(tmp_path, "run", made.file, "--state", made.state, "--json")
    assert second.code == 0, second.err
    alerts = [effect.text for entry in made.told.entries for effect in entry.effects if hasattr(effect, "text")]
    assert [text for text in alerts if "theirs warms up anew" in text]
    assert not [text for text in alerts if "alpha warms up anew" in text]


def test_S2_139_a_package_for_another_contract_is_refused_with_what_to_do(tmp_path: Path) -> None:
    made = market(tmp_path)
    for contract, said in (("2", "was written for 2"), ("None", "does not say for which contract")):
        install(tmp_path / "site", "acme-parts", {"always_in": ALWAYS.format(contract=contract)})
        refused = ask(tmp_path, "check", made.file)
        assert refused.code == 2
        assert f"always_in of acme-parts 1.2.0: {said}" in refused.err
        assert "install another version of it" in refused.err
        assert "Traceback" not in refused.err


def test_S2_139_a_broken_package_costs_itself_alone(tmp_path: Path) -> None:
    made = market(tmp_path)
    install(tmp_path / "site", "acme-parts", GOOD)
    install(tmp_path / "site", "broken-parts", {"broken": BROKEN})
    assert ask(tmp_path, "check", made.file).code == 0
    assert ask(tmp_path, "backtest", made.file, "--json").data["orders"] > 0
    found = {one["kind"]: one for one in ask(tmp_path, "strategies", "list", "--json").data["strategies"]}
    assert (found["broken"]["sort"], found["always_in"]["sort"]) == ("broken", "compiled")
    assert "No module named 'nowhere_at_all'" in found["broken"]["about"]
    schema = ask(tmp_path, "config", "schema")
    assert (schema.code, "always_in" in schema.out) == (0, True), schema.err
    named = ask(tmp_path, "check", market(tmp_path, "broken").file)
    assert (named.code, "Traceback" in named.err) == (2, False)
    assert "broken of broken-parts 1.2.0: cannot be imported: ModuleNotFoundError" in named.err


def test_S2_139_a_package_that_raises_pauses_its_own_deployment_alone(tmp_path: Path) -> None:
    made = market(tmp_path, "raises")
    lines = (tmp_path / "bars.csv").read_text(encoding="utf-8").replace("50,50,50,50,1", "50,50,50,50,3", 1)
    (tmp_path / "bars.csv").write_text(lines, encoding="utf-8")
    install(tmp_path / "site", "acme-parts", {"raises": RAISES})
    ran = ask(tmp_path, "run", made.file, "--state", made.state, "--speed", "max", "--json")
    assert ran.code == 0
    told = ask(tmp_path, "why", made.state, "AAA").out
    assert ("frozen" in told, "fell over" in told) == (True, True)
    assert "frozen" not in ask(tmp_path, "why", made.state, "BBB").out
    assert made.told.book.position("alpha", "BBB").qty > 0


def test_S2_139_two_packages_of_one_name_are_never_chosen_between(tmp_path: Path) -> None:
    made = market(tmp_path)
    install(tmp_path / "site", "acme-parts", GOOD)
    install(tmp_path / "site", "other-parts", GOOD)
    said = ask(tmp_path, "check", made.file)
    assert (said.code, "nobody can tell which is meant; remove one" in said.err) == (2, True)
    install(tmp_path / "site", "other-parts", {"ema_cross": ALWAYS.format(contract=1)})
    said = ask(tmp_path, "check", market(tmp_path, "ema_cross").file)
    assert (said.code, "ema_cross: other-parts 1.2.0 bring it beside openbell itself" in said.err) == (2, True)
    assert json.loads(ask(tmp_path, "strategies", "list", "--json").out)
