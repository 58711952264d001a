"""A configuration as INI: the schema of the YAML, and the same places in every error."""

from pathlib import Path

import pytest

from openbell.config.document import DocumentError
from openbell.config.emit import canonical
from openbell.config.explain import ConfigError
from openbell.config.ini import parse_ini
from openbell.run import assemble
from tests.cli.process import perform
from tools.tree import ROOT

EXAMPLE = ROOT / "examples" / "us-equities"


def problems(folder: Path, text: str) -> list[str]:
    file = folder / "config.ini"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        assemble.read(file, {})
    return [problem.text() for problem in told.value.problems]


def test_the_template_validates_and_means_what_the_yaml_beside_it_means() -> None:
    as_ini, _ = assemble.read(EXAMPLE / "config.ini.example", {})
    as_yaml, _ = assemble.read(EXAMPLE / "config.yaml", {})
    assert canonical(as_ini) == canonical(as_yaml)
    assert [problem.code for problem in as_ini.warnings] == [problem.code for problem in as_yaml.warnings]


def test_an_ini_is_run_as_a_yaml_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    text = (EXAMPLE / "config.ini.example").read_text(encoding="utf-8").replace("days = 10", "days = 1")
    (tmp_path / "config.ini").write_text(text, encoding="utf-8")
    yaml = (EXAMPLE / "config.yaml").read_text(encoding="utf-8").replace("days: 10", "days: 1")
    (tmp_path / "config.yaml").write_text(yaml, encoding="utf-8")
    hashes = []
    for name in ("config.ini", "config.yaml"):
        assert perform(["check", str(tmp_path / name)]) == 0
        capfd.readouterr()
        assert perform(["backtest", str(tmp_path / name), "--json"]) == 0
        out = capfd.readouterr().out
        hashes.append(out.partition('"orders_hash": "')[2][:64])
    assert hashes[0] == hashes[1] != "0" * 64


def test_every_mistake_has_its_line_and_its_column(tmp_path: Path) -> None:
    text = (EXAMPLE / "config.ini.example").read_text(encoding="utf-8")
    text = text.replace("spread = 0.02%", "spred = 0.02%").replace("slow = 26", "slow = many").replace(
        "take_profit: 3%", "take_profit: 3x"
    )  # fmt: skip
    lines = text.splitlines()
    found = problems(tmp_path, text)
    for sign, word in (("spred", "spred"), ("many", "many"), ("3x", "3x")):
        number = next(n for n, line in enumerate(lines, 1) if sign in line)
        column = lines[number - 1].index(word) + 1
        assert any(f"config.ini:{number}:{column} " in one for one in found), (word, found)
    assert any("did you mean spread" in one for one in found)


def test_a_key_that_stands_twice_and_one_without_a_value_are_told(tmp_path: Path) -> None:
    text = (EXAMPLE / "config.ini.example").read_text(encoding="utf-8")
    found = problems(tmp_path, text.replace("seed = 2024", "seed = 2024\nseed = 7").replace("days = 10", "days ="))
    assert any("config.ini:8:1 source.seed: " in one and "first on line 7" in one for one in found), found
    assert any("has no value" in one for one in found), found


@pytest.mark.parametrize("text", ["", "; nothing\n", "[source]\nkind synthetic\n"])
def test_what_is_no_ini_is_told(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_ini(text)


def test_sections_keys_comments_and_quotes() -> None:
    tree, faults = parse_ini(
        'mode = sim ; on paper\n[run]\nspeed: max\n[instruments."BRK.B"]\nkind = stock # large\n[alerts.a]\nurl = x\n'
    )
    assert faults == []
    assert tree.plain() == {
        "mode": "sim", "speed": "max", "instruments": {"BRK.B": {"kind": "stock"}}, "alerts": [{"url": "x"}],
    }  # fmt: skip
