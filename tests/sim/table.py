"""The table of long campaigns that is committed: what each ran, of which code, and what it found.

`make sim-long` keeps its runs in a file of reports, which is nobody's; `keep` copies those that are not there yet into
`campaigns.toml`. A seed counts once: a range that meets another one is refused, for the same seed played twice proves
little more than once.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "campaigns.toml"
BEGIN = 1_000_000
"""First seed of long campaigns: none of `make sim` is run again."""
AIM = 10_000_000
"""Effective faults that all campaigns together are to come to."""
_HEAD = """# Long campaigns, one after the other: seeds from `first` to below `end`, of which `seeds` were played.
# Written by `python -m tests.sim keep`. By hand comes only `mended`: what became of a violation.
"""


def rows(file: Path = FILE) -> list[dict[str, Any]]:
    """Return the campaigns kept so far."""
    return list(tomllib.loads(file.read_text(encoding="utf-8")).get("campaign", [])) if file.exists() else []


def end_of_table() -> int:
    """Return the first seed behind all campaigns that are kept."""
    return max([BEGIN, *(row["end"] for row in rows())])


def keep(report: Path, file: Path = FILE) -> list[str]:
    """Add the runs of a file of reports that the table does not have; return a line about each run that was looked at."""
    kept, lines = rows(file), []
    for run in json.loads(report.read_text(encoding="utf-8"))["runs"]:
        row = {key: run[key] for key in ("first", "seeds", "commit", "faults", "effective")}
        row["end"] = run.get("end", run["first"] + run["seeds"])
        row["violations"] = [f"seed {seed}: {code}" for seed, code, _ in run["violations"]]
        name = f"seeds {row['first']} to {row['end']} of {row['commit']}"
        met = next((old for old in kept if row["first"] < old["end"] and old["first"] < row["end"]), None)
        if met is not None and (met["first"], met["commit"]) == (row["first"], row["commit"]):
            lines.append(f"{name}: kept before")
        elif met is not None:
            lines.append(f"{name}: refused, it meets those from {met['first']}; begin with START={end_of_table()}")
        elif not row["seeds"] or row["commit"].endswith("-dirty"):
            lines.append(f"{name}: refused, {'no commit has its code' if row['seeds'] else 'it played none'}")
        else:
            kept.append(row)
            lines.append(f"{name}: added, {row['effective']} effective faults, {len(row['violations'])} violations")
    file.write_text(_HEAD + "".join(map(_written, sorted(kept, key=lambda row: row["first"]))), encoding="utf-8")
    return lines


def _written(row: dict[str, Any]) -> str:
    """Return a row as TOML: whole numbers, and texts without quotes of their own."""
    order = ("first", "end", "seeds", "commit", "faults", "effective", "violations", "mended")
    return "\n[[campaign]]\n" + "".join(f"{key} = {json.dumps(row[key])}\n" for key in order if key in row)


def text(file: Path = FILE) -> str:
    """Return the table as a section of the page, with its sum."""
    kept = rows(file)
    seeds, faults, effective = (sum(row[key] for row in kept) for key in ("seeds", "faults", "effective"))
    found = sum(len(row["violations"]) for row in kept)
    page = (
        "\n## Long campaigns\n\nWhat `make sim-long MINUTES=n` has run so far; `START=seed` begins elsewhere than behind the "
        "last one. `python -m tests.sim keep` copies its runs from `.reports/sim-long.json` into `tests/sim/campaigns.toml`, "
        "and this page is written from that. No seed counts twice, and nothing that was run with changes that no commit "
        "has.\n\n| seeds from | to below | played | commit | faults | effective | violations |\n|---|---|---|---|---|---|---|\n"
    )
    for row in kept:
        bad = "; ".join(row["violations"]) or "0"
        bad += f" ({row['mended']})" if "mended" in row else ""
        page += f"| {row['first']} | {row['end']} | {row['seeds']} | {row['commit']} | {row['faults']} | {row['effective']} | {bad} |\n"
    page += f"| all | | {seeds} | | {faults} | {effective} | {found} |\n"
    return page + f"\n{effective:,} of {AIM:,} effective faults: {effective * 100 // AIM} in a hundred.\n"
