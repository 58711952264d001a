"""The repository as a whole: mirrors, links, commands that the documents name, and what no file may hold."""

import ast
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tests.house.source import PACKAGE, Source, classes, functions
from tools.tree import files

DEPENDENCIES = 25
FIRST_RUN = 25
TEXTS = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".lock", ".txt", ".cfg", ".ini", ".sh", ".html", ".ts", ""}
# Written in halves, so that this file does not find itself.
REGISTRIES = ["py" + "pi.org", "python" + "hosted", "--index" + "-url", "--extra-index" + "-url", "--find" + "-links"]
REGISTRIES += ["registry.npm" + "js", "registry.yarn" + "pkg"]
MACHINE = re.compile(r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/\w+|Us" + r"ers/\w+|o" + r"pt/\w+)/")
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`[^`\n]*`")
COMMAND = re.compile(r"(?:^|[\s;|&])(?:\S*/)?(openbell|make)\s+([a-z][a-z-]*)", re.MULTILINE)
CODE_BLOCK = re.compile(r"^```(?:sh|bash|console|shell)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def texts(root: Path) -> list[tuple[str, str]]:
    """Return name and text of every text file that belongs to the tree."""
    found = []
    for name in files(root):
        if Path(name).suffix in TEXTS:
            try:
                found.append((name, (root / name).read_text(encoding="utf-8")))
            except UnicodeDecodeError:
                continue
    return found


def find_missing_mirrors(root: Path) -> list[str]:
    """`src/openbell/core/order.py` has `tests/core/test_order.py`; an `__init__` only if it defines something."""
    found = []
    for file in sorted((root / PACKAGE).rglob("*.py")):
        inner = file.relative_to(root / PACKAGE)
        name = inner.stem
        if name == "__main__":
            continue
        if name == "__init__":
            tree = _parse(file)
            if not any(True for _ in functions(tree)) and not any(True for _ in classes(tree)):
                continue
            name = inner.parent.name or "openbell"
        mirror = root / "tests" / inner.parent / f"test_{name}.py"
        if not mirror.is_file():
            found.append(f"{file.relative_to(root).as_posix()}:1: no test {mirror.relative_to(root).as_posix()}")
    return found


def _parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def find_registry_addresses(root: Path) -> list[str]:
    """No file says where packages are fetched from: that is the machine's business."""
    return [f"{name}: names a registry ({word})" for name, text in texts(root) for word in REGISTRIES if word in text]


def find_machine_paths(root: Path) -> list[str]:
    """No file knows the folders of the machine it was written on."""
    return [
        f"{name}:{text.count(chr(10), 0, hit.start()) + 1}: path of one machine: {hit.group()}"
        for name, text in texts(root)
        for hit in MACHINE.finditer(text)
    ]


def _prose(text: str) -> str:
    return INLINE.sub("", FENCE.sub("", text))


def find_dead_links(root: Path) -> list[str]:
    """Every relative link of every Markdown file leads to a file or folder of the tree."""
    found = []
    for name, text in texts(root):
        if not name.endswith(".md"):
            continue
        for target in LINK.findall(_prose(text)):
            path = target.partition("#")[0]
            is_ours = bool(path) and "://" not in target and not target.startswith("mailto:")
            if is_ours and not (root / name).parent.joinpath(path).exists():
                found.append(f"{name}: dead link {target}")
    return found


def verbs(root: Path) -> set[str]:
    """Return the names of the commands: one file each in `cli`."""
    names = {file.stem for file in (root / PACKAGE / "cli").glob("*.py")}
    return {name.strip("_").replace("_", "-") for name in names if not name.startswith("__")}


def targets(root: Path) -> set[str]:
    """Return the names of the Makefile's targets."""
    makefile = root / "Makefile"
    text = makefile.read_text(encoding="utf-8") if makefile.is_file() else ""
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


def find_unknown_commands(root: Path) -> list[str]:
    """Every `openbell VERB` and `make TARGET` in a shell block of a document exists."""
    known = {"openbell": verbs(root), "make": targets(root)}
    found = []
    for name, text in texts(root):
        if name.endswith(".md"):
            for block in CODE_BLOCK.findall(text):
                bare = re.sub(r"(?:^|\s)#.*$", "", block, flags=re.MULTILINE)
                for program, word in COMMAND.findall(bare):
                    if word not in known[program]:
                        found.append(f"{name}: there is no `{program} {word}`")
    return found


def find_bare_examples(root: Path) -> list[str]:
    """Every example has its configuration, what to expect of it, and a README."""
    wanted = ("config.yaml", "README.md", "expected.json")
    folders = [folder for folder in sorted((root / "examples").glob("*")) if folder.is_dir()]
    return [f"examples/{f.name}: no {name}" for f in folders for name in wanted if not (f / name).is_file()]


def find_long_first_run(root: Path) -> list[str]:
    """What a newcomer runs first is read at a glance: at most 25 lines."""
    file = root / "examples" / "demo" / "config.yaml"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    count = sum(bool(line.split("#")[0].strip()) for line in lines)
    return [f"examples/demo/config.yaml: {count} lines, {FIRST_RUN} allowed"] if count > FIRST_RUN else []


def find_unexplained_exceptions(root: Path) -> list[str]:
    """Each check that is switched off in pyproject.toml says why on its line."""
    lines = (root / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    switched = [(n, line) for n, line in enumerate(lines, 1) if re.match(r'\s+"[A-Z]+[0-9]*",', line)]
    return [
        f"pyproject.toml:{n}: {line.strip()} is off without a reason"
        for n, line in switched
        if not re.search(r"#\s*\w+", line) and line.count('"') == 2
    ]


def find_many_dependencies(root: Path) -> list[str]:
    """At most 25 direct mandatory dependencies."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    count = len(project.get("dependencies", []))
    return [f"pyproject.toml: {count} dependencies, {DEPENDENCIES} allowed"] if count > DEPENDENCIES else []


def find_unlocked(root: Path) -> list[str]:
    """Every dependency stands in requirements.lock, and every locked version has hashes."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project.get("dependencies", []), *project.get("optional-dependencies", {}).get("dev", [])]
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    entries = re.findall(r"^([A-Za-z0-9._-]+)==\S+.*(?:\n[ ]+.*)*", lock, re.MULTILINE)
    locked = {_canonical(name) for name in entries}
    names = [_canonical(re.split(r"[<>=~!\[; ]", w)[0]) for w in wanted]
    found = [f"requirements.lock: lacks {name}" for name in names if name not in locked]
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return found + [f"requirements.lock: no hash for {b.split()[0]}" for b in blocks if "==" in b and "--hash" not in b]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def glossary(root: Path) -> list[tuple[str, str, str]]:
    """Return the glossary's rows: the word, what it means, and the words it stands in place of."""
    file = root / "docs" / "why" / "glossary.md"
    if not file.is_file():
        return []
    rows = [line.strip().strip("|").split("|") for line in file.read_text(encoding="utf-8").splitlines() if "|" in line]
    cells = [tuple(cell.strip() for cell in row) for row in rows if len(row) == 3]
    return [(a.strip("*` "), b, c) for a, b, c in cells if a.lower() != "word" and set(a) - set("-: ")]


GLOSSARY_WORDS = {"deployment", "intent", "order", "fill", "position", "latch", "stage", "session"}


def find_glossary_gaps(root: Path) -> list[str]:
    """The glossary explains each of the words that the whole system rests on, once."""
    words = [word.lower() for word, _, _ in glossary(root)]
    found = [f"docs/why/glossary.md: does not explain {word}" for word in sorted(GLOSSARY_WORDS - set(words))]
    twice = sorted({word for word in words if words.count(word) > 1})
    return found + [f"docs/why/glossary.md: explains {word} twice" for word in twice]


def find_second_words(all_sources: Sequence[Source], root: Path) -> list[str]:
    """No class or function is called by a word that the glossary replaced."""
    replaced = {
        other.strip(" `*").lower(): word
        for word, _, others in glossary(root)
        for other in others.split(",")
        if other.strip(" `*-–—")
    }
    found = []
    for source in all_sources:
        for node in [*functions(source.tree), *classes(source.tree)]:
            parts = [p.lower() for p in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", node.name)]
            found += [source.at(node, f"{node.name}: say {replaced[p]}, not {p}") for p in parts if p in replaced]
    return found


RULES = [
    find_missing_mirrors,
    find_registry_addresses,
    find_machine_paths,
    find_dead_links,
    find_unknown_commands,
    find_bare_examples,
    find_long_first_run,
    find_unexplained_exceptions,
    find_many_dependencies,
    find_unlocked,
    find_glossary_gaps,
]
