"""The interface for programs as a page: the OpenAPI document in words, without a script.

It is not shown while an account trades real money: who watches one needs no map of what can be asked, and who should
not be there gets none.
"""

import asyncio
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from fastapi import Response

from openbell.edges.web import frames
from openbell.edges.web.gate import Denied
from openbell.edges.web.policy import SOCKET
from openbell.edges.web.ports import Room
from openbell.edges.web.routes import as_json, has_real_money

Document = Callable[[], dict[str, Any]]
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>openbell: the interface for programs</title><link rel="stylesheet" href="/static/docs.css"></head>
<body><header><h1>The interface for programs</h1><p>{about}</p>
<p>Version {version}. <a href="/openapi.json">As a document for tools</a> (OpenAPI {format}). <a href="/">Back</a></p>
<nav>{index}</nav></header><main>{sections}</main></body></html>
"""


class Reference:
    """The handlers of the page and of the document that it is made of.

    They are no part of what they describe.
    """

    def __init__(self, room: Room, document: Document) -> None:
        """Show `document` unless something in `room` trades real money."""
        self._room, self._document = room, document

    async def page(self) -> Response:
        """Show the interface to a person."""
        self._check()
        return Response(await asyncio.to_thread(lambda: rendered(self._document())), media_type="text/html")

    async def whole(self) -> Response:
        """Show the interface to a tool."""
        self._check()
        return as_json(await asyncio.to_thread(self._document))

    def _check(self) -> None:
        found = self._room.states()
        running = [row["id"] for row in (*found.shown, *found.dark) if row["is_running"]]
        real = [state for state in running if has_real_money(self._room, state)]
        if real:
            text = f"not shown while real money is traded ({', '.join(real)}); `openbell api schema` prints it"
            raise Denied(403, "E2415", text)


def rendered(document: dict[str, Any]) -> str:
    """Return an OpenAPI document as a page.

    Every operation stands below its tag; the socket, refusals and shapes follow.
    """
    groups: dict[str, list[str]] = {}
    refusals: dict[str, str] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
            refusals |= {status: one["description"] for status, one in operation["responses"].items() if status >= "4"}
    shapes = document["components"]["schemas"]
    sections = [(tag, "".join(found)) for tag, found in groups.items()]
    sections.append(("socket", _socket()))
    sections.append(("refusals", _table(("status", "why"), ((s, escape(refusals[s])) for s in sorted(refusals)))))
    sections.append(("bodies and answers", "".join(_shape(name, shapes[name]) for name in sorted(shapes))))
    return PAGE.format(
        about=escape(document["info"]["description"]),
        version=escape(document["info"]["version"]),
        format=escape(document["openapi"]),
        index=" ".join(f'<a href="#{_anchor(title)}">{escape(title)}</a>' for title, _ in sections),
        sections="".join(
            f'<section id="{_anchor(title)}"><h2>{escape(title.capitalize())}</h2>{text}</section>'
            for title, text in sections
        ),
    )


def _anchor(title: str) -> str:
    return f"part-{escape(title.replace(' ', '-'))}"


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    asked = [
        _row(one["name"], one["in"], one["schema"], one["required"], one.get("description", ""))
        for one in operation.get("parameters", ())
    ]
    wanted = [_kind(one["schema"]) for one in operation.get("requestBody", {}).get("content", {}).values()]
    found = operation["responses"]
    answers = [f"{status} {_answer(one)}".strip() for status, one in found.items() if status < "4"]
    refusals = [f'<a href="#{_anchor("refusals")}">{status}</a>' for status in found if status >= "4"]
    return (
        f"<article><h3><b class='{method}'>{method.upper()}</b> <code>{escape(path)}</code></h3>"
        f"<p>{escape(operation['summary'])}. {escape(operation['description'])}</p>"
        f"{''.join(f'<p>Body: {kind}</p>' for kind in wanted)}"
        f"{_table(('name', 'where', 'what', '', ''), asked) if asked else ''}"
        f"<p>Answers {', '.join(answers)}; refuses with {', '.join(refusals)}.</p></article>"
    )


def _socket() -> str:
    """Return what goes over the socket: messages, and the sections of their data."""
    said = ((who, f"<code>{escape(form)}</code>", escape(text)) for who, form, text in frames.MESSAGES)
    told = ((f"<code>{name}</code>", kind, escape(text)) for name, (kind, text) in frames.SECTIONS.items())
    return (
        f"<article><h3><b>WS</b> <code>{SOCKET}</code></h3><p>{escape(frames.ABOUT)}</p>"
        f"{_table(('who', 'message', ''), said)}{_table(('section', 'what', ''), told)}</article>"
    )


def _answer(response: dict[str, Any]) -> str:
    return ", ".join(
        _kind(one["schema"]) if "schema" in one else kind for kind, one in response.get("content", {}).items()
    )


def _row(name: str, place: str, schema: dict[str, Any], is_required: bool, text: str) -> tuple[str, ...]:  # noqa: FBT001  # a cell
    return f"<code>{escape(name)}</code>", place, _kind(schema), "required" if is_required else "", escape(text)


def _shape(name: str, schema: dict[str, Any]) -> str:
    needed = schema.get("required", ())
    rows = [
        (
            f"<code>{escape(key)}</code>",
            _kind(one),
            "required" if key in needed else "",
            escape(one.get("description", "")),
        )
        for key, one in schema.get("properties", {}).items()
    ]
    told = f"<pre>{escape(schema['description'])}</pre>" if "description" in schema else ""
    table = _table(("name", "what", "", ""), rows) if rows else f"<p>{_kind(schema)}</p>"
    return f'<article id="{escape(name)}"><h3>{escape(name)}</h3>{told}{table}</article>'


def _kind(schema: dict[str, Any]) -> str:
    """Return what a value is, with its bounds; a shape is a link to its table."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"]) + _bounds(schema)
    if "enum" in schema or "const" in schema:
        return " | ".join(f"<code>{escape(str(one))}</code>" for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}{_bounds(schema)}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"names with {_kind(schema['additionalProperties'])}{_bounds(schema)}"
    return f"{escape(schema.get('type', 'anything'))}{_bounds(schema)}"


_BOUNDS = {
    "minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below",
    "minLength": "from", "maxLength": "to", "minItems": "from", "maxItems": "to", "pattern": "like",
    "default": "otherwise",
}  # fmt: skip


def _bounds(schema: dict[str, Any]) -> str:
    found = [
        f"{word} <code>{escape(str(schema[key]))}</code>" for key, word in _BOUNDS.items() if schema.get(key, "") != ""
    ]
    return f" ({', '.join(found)})" if found else ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = "".join(f"<th>{one}</th>" for one in head)
    lines = "".join("<tr>" + "".join(f"<td>{one}</td>" for one in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"
