"""The OpenAPI document says what the gate and the routes do."""

from collections.abc import Iterator
from typing import Any

from openbell.edges.web.policy import POLICIES
from openbell.run.web.serve import api_document

OWN = ("/", "/static/{path}", "/docs", "/openapi.json")
"""The pages themselves."""


def each(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_has_typed_answers_refusals_and_who_may_call_it() -> None:
    document = api_document()
    named = document["components"]["schemas"]
    found = list(each(document))
    assert {(method, path) for method, path, _ in found} == {one for one in POLICIES if one[1] not in OWN}
    for method, path, operation in found:
        policy = POLICIES[method, path]
        assert operation["summary"] and operation["responses"], path
        assert [list(one) for one in operation["security"]] == (
            []
            if not policy.scope
            else [["session"] if method == "GET" else ["session", "csrf"]]
            + ([] if policy.is_for_sessions or policy.needs_step_up else [["token"]])
        ), path
        for status, answer in operation["responses"].items():
            content = answer.get("content", {}).get("application/json", {}).get("schema")
            if content is None and status == "200":
                assert set(answer["content"]) <= {"text/plain", "text/html"}, path
                continue
            if status in ("204", "304"):
                assert content is None
            elif status[0] in "45":
                assert content == {"$ref": "#/components/schemas/Problem"}, (path, status)
            else:
                assert content, (path, status)
                shape = content.get("$ref") or content["items"]["$ref"]
                assert shape.rpartition("/")[2] in named, (path, status)
        assert ("401" in operation["responses"]) == (bool(policy.scope) or policy.pace == "login"), path
    assert set(document["components"]["securitySchemes"]) == {"session", "csrf", "token"}
