"""Write `docs/reference` from the code: `python -m tools.docs`; with `--check` only compare.

Exit codes: 0 written or equal, 1 `--check` found a difference.
"""

import ast
import sys
from collections.abc import Callable
from pathlib import Path

from openbell.core.types import use_money_context
from tools.commands import commands_page, reasons_page
from tools.controls import controls_page
from tools.events import events_page, orders_page
from tools.fronts import fronts_page
from tools.linting import linter_page
from tools.museum import museum_page
from tools.options import options_page
from tools.proofs import faults_page, invariants_page
from tools.table import row
from tools.tree import ROOT

PACKAGE = Path("src") / "openbell"
REFERENCE = Path("docs") / "reference"
PAGE = REFERENCE / "modules.md"
HEAD = """# Modules

Every module and what it is for, written by `make docs` from the docstrings.
"""


def first_line(file: Path) -> str:
    """Return the first line of a file's docstring, or nothing."""
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def modules_page(root: Path) -> str:
    """Return the page that lists every module of the package under `root`, one table a folder."""
    lines = [HEAD]
    package = root / PACKAGE
    folders = sorted({file.parent for file in package.rglob("*.py")})
    for folder in folders:
        name = folder.relative_to(package.parent).as_posix()
        head = folder / "__init__.py"
        lines += [f"## {name}", "", first_line(head) if head.is_file() else "", ""]
        files = [file for file in sorted(folder.glob("*.py")) if not file.stem.startswith("__")]
        if files:
            lines += ["| module | what it is for |", "|---|---|"]
            lines += [row((f"[{f.stem}](../../{f.relative_to(root).as_posix()})", first_line(f))) for f in files]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[Path, Callable[[Path], str]]:
    """Return what writes each page, by its path relative to the root."""
    return {
        PAGE: modules_page,
        REFERENCE / "faults.md": faults_page,
        REFERENCE / "fronts.md": fronts_page,
        REFERENCE / "invariants.md": invariants_page,
        REFERENCE / "risk.md": controls_page,
        REFERENCE / "commands.md": commands_page,
        REFERENCE / "reasons.md": reasons_page,
        REFERENCE / "museum.md": museum_page,
        REFERENCE / "linter.md": linter_page,
        REFERENCE / "events.md": events_page,
        REFERENCE / "orders.md": orders_page,
        REFERENCE / "options.md": options_page,
    }


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them; return the exit code."""
    use_money_context()
    code = 0
    for page, write in pages().items():
        text = write(ROOT)
        target = ROOT / page
        if "--check" in arguments:
            is_same = target.is_file() and target.read_text(encoding="utf-8") == text
            print(f"{page.as_posix()} is {'up to date' if is_same else 'not what make docs writes'}")
            code = code if is_same else 1
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        print(f"wrote {page.as_posix()}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
