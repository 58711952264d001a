"""What a page does with a delta."""

from typing import Any


def fold(page: dict[str, Any], sections: dict[str, Any]) -> None:
    """Bring a page up to date with a delta, as the documents say it is done."""
    for name, section in sections.items():
        if name == "run":
            page["run"] = {**page["run"], **_only(section.get("set", {})), **_only(section.get("part", {}))}
        elif "add" in section:
            rows = [] if section.get("is_whole") else page.setdefault(name, [])
            page[name] = [*rows, *section["add"]]
        else:
            page[name] = {**page[name], **section.get("set", {})}
            for key, fields in section.get("part", {}).items():
                page[name][key] = {**page[name][key], **fields}
            for key in section.get("drop", ()):
                page[name].pop(key, None)


def _only(rows: dict[str, Any]) -> dict[str, Any]:
    return next(iter(rows.values()), {})
