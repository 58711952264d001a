"""`openbell api`."""

from collections.abc import Callable

from openbell.run.web.serve import api_document
from tests.cli.process import Said


def test_the_document_is_printed(call: Callable[..., Said]) -> None:
    document = call("api", "schema").data
    assert document == api_document()
    assert document["openapi"].startswith("3.1") and "/api/trading/emergency-stop" in document["paths"]
