"""What assemble hands over is only read."""

import pytest

from tests.config.fake import CATALOG


def test_catalog_is_frozen() -> None:
    with pytest.raises(AttributeError):
        CATALOG.rules = {}  # type: ignore[misc]
