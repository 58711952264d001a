"""`python -m tests.conformance`: play both lists for every broker and write the grades into docs/brokers."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conformance.counters import COUNTERS
from tests.conformance.grades import grade, written
from tests.house.source import ROOT

if __name__ == "__main__":
    for name in COUNTERS:
        page = ROOT / "docs" / "brokers" / f"{name}.md"
        with TemporaryDirectory() as folder:
            made = grade(name, Path(folder))
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(written(text), made), encoding="utf-8")
        print(f"wrote {page.relative_to(ROOT)}")
