"""Installed packages that bring parts, as a folder on the path of Python has them."""

from collections.abc import Mapping
from pathlib import Path

ALWAYS = '''\
"""Wants to be in from its first bar on."""

from openbell.core.codes import Code
from openbell.schema import PartConfig

CONTRACT = {contract}


class Config(PartConfig):
    """Options: target from 0 to 1."""

    target: float = 1.0


PARAMS = ("target",)
STATE = (("bars", "i8", 1),)
LONG = int(Code.SIGNAL_LONG)


def step(state, params, row):
    state.q[0] += 1
    return params[0], LONG
'''
BROKEN = "import nowhere_at_all\n"
RAISES = ALWAYS.format(contract=1).replace("    state.q[0] += 1\n", '    raise ValueError("fell over")\n')


def install(folder: Path, name: str, modules: Mapping[str, str], version: str = "1.2.0") -> None:
    """Lay a package `name` of a version into a folder; each module is a strategy of its own name."""
    package, told = name.replace("-", "_"), folder / f"{name.replace('-', '_')}-{version}.dist-info"
    (folder / package).mkdir(exist_ok=True)
    for old in folder.glob(f"{package}-*.dist-info"):
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    told.mkdir()
    (folder / package / "__init__.py").write_text("", encoding="utf-8")
    for kind, text in modules.items():
        (folder / package / f"{kind}.py").write_text(text, encoding="utf-8")
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    points = "".join(f"{kind} = {package}.{kind}\n" for kind in modules)
    (told / "entry_points.txt").write_text(f"[openbell.strategies]\n{points}", encoding="utf-8")
