"""The OpenAPI document says what the gate and the routes do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openbell.edges.web import shapes
from openbell.edges.web.policy import POLICIES
from openbell.run.web.serve import api_document
from tests.run.web.stage import Stage, home_with, on_stage, settled


def each(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_has_typed_answers_refusals_and_who_may_call_it() -> None:
    document = api_document()
    named = document["components"]["schemas"]
    found = list(each(document))
    assert {(method, path) for method, path, _ in found} == {one for one in POLICIES if one[1].startswith("/api/")}
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


def test_a_run_is_shown_in_the_documented_shape(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        await stage.ask("POST", "/api/trading/stop/small:cross")
        shown = await settled(stage, "small")
        snapshot = shapes.Snapshot.model_validate(shown)
        assert snapshot.fills and snapshot.trades and snapshot.decisions and snapshot.orders
        past = shapes.Standing.model_validate(await stage.get("/api/at?state=small&seq=900"))
        assert past.limits.keys() == snapshot.limits.keys()
        assert past.limits["main/weekly_loss"].state == "off" and past.limits["main/weekly_loss"].why_off
        session = snapshot.instruments["AAA"].session
        assert (session.zone, session.is_open) == ("America/New_York", False)
        assert session.next_ts is not None and int(session.next_ts) > int(snapshot.run.market_ts)
        assert snapshot.instruments["AAA"].tick == "0.01"

    on_stage(home_with(tmp_path, "small"), act)


def test_a_page_of_rows_is_of_what_was_asked_and_ends_between_two_records(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        await settled(stage, "small")
        whole = (await stage.get("/api/decisions?state=small&count=3000&symbol=AAA"))["decisions"]
        assert len(whole) > 700 and {row["symbol"] for row in whole} == {"AAA"}
        pages: list[Any] = []
        before = ""
        path = "/api/decisions?state=small&count=401&symbol=AAA&deployment=cross"
        while page := (await stage.get(path + before))["decisions"]:
            assert len(page) <= 401
            pages += page
            before = f"&before_seq={page[-1]['seq']}"
        assert pages == whole
        assert (await stage.get("/api/fills?state=small&deployment=nobody"))["fills"] == []

    on_stage(home_with(tmp_path, "small"), act)
