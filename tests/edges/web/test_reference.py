"""The interface for programs as a page."""

import re
from pathlib import Path

import pytest

from openbell.edges.web.app import STATIC
from openbell.edges.web.frames import SECTIONS
from openbell.edges.web.policy import POLICIES
from openbell.edges.web.reference import rendered
from openbell.run import state as states
from openbell.run.web.serve import api_document
from tests.edges.web.test_bundle import parsed
from tests.edges.web.test_document import OWN
from tests.run.web.stage import Stage, home_with, on_stage, running, settled


def test_every_operation_stands_on_the_page_and_every_link_leads_somewhere() -> None:
    text = rendered(api_document())
    for method, path in POLICIES:
        assert (f">{method}</b> <code>{path}</code>" in text) == (path not in OWN), path
    anchors = set(re.findall(r'id="([^"]+)"', text))
    page = parsed(text)
    inner = {one.removeprefix("#") for one in page.references if one.startswith("#")}
    assert inner <= anchors and {"DeploymentConfig", "part-trading", "part-refusals"} <= inner
    outer = {one for one in page.references if not one.startswith("#")}
    assert outer == {"/static/docs.css", "/openapi.json", "/"} and (STATIC / "docs.css").is_file()
    assert page.inline == [], "the page may hold neither script nor style"
    for name in SECTIONS:
        assert f"<td><code>{name}</code></td>" in text


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 5, "default": 3}, "integer (at least <code>1</code>, at most"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}], "default": 0.5}, "number or null (otherwise <code>0.5"),
        ({"type": "array", "items": {"$ref": "#/x/Leg"}, "maxItems": 2}, 'list of <a href="#Leg">Leg</a> (to <code>2'),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "names with string"),
        ({"enum": ["a", "<b>"]}, "<code>a</code> | <code>&lt;b&gt;</code>"),
        ({"const": "a"}, "<td><code>a</code></td>"),
        ({}, "<td>anything</td>"),
    ],
)
def test_a_value_is_told_with_its_bounds(schema: dict[str, object], told: str) -> None:
    shapes = {
        "Leg": {"type": "string", "description": "<i>"},
        "One": {"properties": {"it": schema}, "required": ["it"]},
    }
    document = {
        "openapi": "3.1.0", "info": {"description": "d", "version": "1"}, "paths": {}, "components": {"schemas": shapes},
    }  # fmt: skip
    text = rendered(document)
    assert told in text and "<pre>&lt;i&gt;</pre><p>string</p>" in text
    assert "<td>required</td>" in text


def test_S5_048_the_page_is_for_those_who_may_read_and_off_while_nobody_can_tell_whether_money_is_real(
    tmp_path: Path,
) -> None:
    home_with(tmp_path, "small", "dark")
    (states.journal(tmp_path / "dark") / "000001.seg").write_bytes(b"not a journal")

    async def act(stage: Stage) -> None:
        for path in ("/docs", "/openapi.json"):
            assert (await stage.ask("GET", path))[0] == 401
        await stage.come_in()
        await settled(stage, "small")
        status, text, reply = await stage.ask("GET", "/docs")
        assert (status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert text == rendered(api_document()) == await stage.get("/docs")
        assert await stage.get("/openapi.json") == api_document()
        with running(tmp_path / "small"):
            while not next(row for row in (await stage.get("/api/states"))["states"])["is_running"]:
                pass
            assert (await stage.ask("GET", "/docs"))[0] == 200, "what runs is simulated"
        with running(tmp_path / "dark"):
            while not (await stage.get("/api/states"))["dark"][0]["is_running"]:
                pass
            status, body, _ = await stage.ask("GET", "/docs")
            assert (status, body["error"]["code"]) == (403, "E2415") and "(dark)" in body["error"]["text"]
            assert (await stage.ask("GET", "/openapi.json"))[0] == 403

    on_stage(tmp_path, act)
