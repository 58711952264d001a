"""Our YAML from values."""

from decimal import Decimal

import pytest

from openbell.config.dialects.keys import Placed
from openbell.config.dialects.writing import flow, write
from openbell.config.document import parse_document


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"kind": "x", "limit": "2%"}, '{kind: x, limit: "2%"}'), (["SPY", "ON", "true"], '[SPY, ON, "true"]'),
        (True, "true"), (Decimal("0.00001"), "0.00001"), (3, "3"), ('a "b"', '"a \\"b\\""'),
    ],
)  # fmt: skip
def test_a_value_stands_on_one_line(value: object, wanted: str) -> None:
    assert flow(value) == wanted


def test_a_file_reads_back_as_what_was_written() -> None:
    config = {"mode": "paper", "rules": [{"kind": "kill"}], "accounts": {"main": {"broker": "sim"}},
              "deployments": [{"name": "one", "instruments": ["SPY"]}], "nothing": []}  # fmt: skip
    text = write(config, [Placed(line=9, path="b", where="y"), Placed(line=2, path="a", where="x")], "their.yaml")
    del config["nothing"]
    assert parse_document(text)[0].plain() == config
    assert text.splitlines()[0].startswith("# Taken over from their.yaml")
    assert text.splitlines()[-2:] == ["# line 2: a -> x", "# line 9: b -> y"]
