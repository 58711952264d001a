"""Which system a file is of."""

import pytest

from openbell.config.dialects import dialect_of, live_trading, trading_config
from openbell.config.document import parse_document
from tests.config.dialects.test_trading_config import SAMPLE


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        (SAMPLE, trading_config),
        ("workflow: {type: live_trading}\n", live_trading),
        # Ours, and what is of nobody.
        ("alerts: [{url: 'https://a.example'}]\ndeployments: []\n", None),
        ("alerts: {channels: []}\ndeployments: []\n", None),
        ("title: Small\n", None),
    ],
)
def test_a_file_is_of_the_system_whose_keys_it_has(text: str, dialect: object) -> None:
    assert dialect_of(parse_document(text)[0]) is dialect
