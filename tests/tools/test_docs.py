"""The reference is written from the code."""

from pathlib import Path

import pytest

from tools.docs import modules_page, pages
from tools.tree import ROOT


def test_the_page_names_every_module_with_its_first_line(tmp_path: Path) -> None:
    core = tmp_path / "src" / "openbell" / "core"
    core.mkdir(parents=True)
    (core / "__init__.py").write_text('"""What must be true."""', encoding="utf-8")
    (core / "order.py").write_text('"""One table | all states.\n\nMore.\n"""', encoding="utf-8")
    page = modules_page(tmp_path)
    assert "## openbell/core\n\nWhat must be true.\n" in page
    assert "| [order](../../src/openbell/core/order.py) | One table \\| all states. |" in page


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_the_written_page_is_that_of_this_code(page: Path) -> None:
    written = ROOT / page
    assert not written.is_file() or written.read_text(encoding="utf-8") == pages()[page](ROOT), "run: make docs"
