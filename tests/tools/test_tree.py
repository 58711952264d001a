"""The fingerprint is that of the tree's own files."""

import subprocess
from pathlib import Path

from tools.tree import files, fingerprint


def test_caches_and_reports_do_not_belong_to_the_tree(tmp_path: Path) -> None:
    for name in ("src/a.py", ".venv/b.py", "src/__pycache__/a.pyc", ".reports/tests.json", ".mypy_cache/c.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert files(tmp_path) == ["src/a.py"]


def test_what_git_ignores_does_not_belong_to_the_tree(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name, text in {"a.py": "", "new.py": "", "b.log": "", ".gitignore": "*.log\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert files(tmp_path) == [".gitignore", "a.py", "new.py"]


def test_the_fingerprint_follows_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1", encoding="utf-8")
    first = fingerprint(tmp_path)
    (tmp_path / "a.py").write_text("2", encoding="utf-8")
    second = fingerprint(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({first, second, fingerprint(tmp_path)}) == 3
