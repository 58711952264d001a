"""A search asks for the same points whenever it is told the same, and finds what is good."""

import importlib.util
import subprocess
import sys

import pytest

from openbell.research.grid import parse_axis
from openbell.run.study import afar
from openbell.run.study.search import SAMPLERS, Search, Terms
from openbell.run.study.trial import StudyError
from tools.tree import ROOT

AXES = [parse_axis(text) for text in ("a=0:40", "b=1%:5%", "c=x,y,z", "d=10:50:10")]


def figures(point):
    """What a point comes to: best at a = 30, d = 40 and c = y; b must be below 3%."""
    a, b, c, d = int(point[0]), float(point[1][:-1]), point[2], int(point[3])
    return None if b >= 3.0 else (-abs(a - 30.0) - abs(d - 40.0) / 10.0 + 5.0 * (c == "y"),)


def points(terms, count, of=figures, axes=AXES):
    """Return the points of a whole search."""
    search, found = Search(axes, terms), []
    while len(found) < count:
        asked = search.ask(min(terms.batch, count - len(found)))
        search.tell([of(point) for point in asked])
        found += asked
    return found


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("width", [1, 2])
def test_the_same_seed_and_answers_ask_for_the_same_points(sampler, width):
    def of(point):
        found = figures(point)
        return None if found is None else found if width == 1 else (*found, -float(point[1][:-1]))

    terms = Terms(sampler=sampler, batch=6, seed=3, by=("sharpe", "return")[:width])
    first = points(terms, 40, of)
    assert points(terms, 40, of) == first
    assert points(terms, 27, of) == first[:27]
    other = Terms(sampler=sampler, batch=6, seed=4, by=terms.by)
    assert points(other, 40, of) != first


def test_what_is_drawn_can_be_written_into_a_file():
    for a, b, c, d in points(Terms(trials=40), 40):
        assert (0 <= int(a) <= 40, c in "xyz", d in ("10", "20", "30", "40", "50")) == (True, True, True)
        assert b.endswith("%") and 1.0 <= float(b[:-1]) <= 5.0


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_search_comes_closer_than_chance_and_leaves_what_is_impossible(sampler):
    found = points(Terms(sampler=sampler, batch=8, seed=1), 120)
    early, late = found[:40], found[-40:]
    value = lambda part: sum((figures(point) or (-50.0,))[0] for point in part) / len(part)  # noqa: E731
    assert value(late) > value(early) + 5.0
    assert sum(figures(p) is None for p in late) < sum(figures(p) is None for p in early)


def test_names_have_no_order_and_numbers_have_one():
    assert [axis.is_ordered for axis in AXES] == [True, True, False, True]
    assert [parse_axis(f"x={text}").is_ordered for text in ("1,2,5", "1%,2%", "5,2,1", "1%,2", "1,x")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_what_its_storages_need_is_never_loaded():
    code = (
        "import sys; from openbell.research.grid import parse_axis; from openbell.run.study.search import Search, Terms\n"
        "search = Search([parse_axis('a=0:9'), parse_axis('c=x,y')], Terms(batch=2))\n"
        "for _ in range(8): search.tell([(float(p[0]),) for p in search.ask(2)])\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} & {'sqlalchemy', 'alembic', 'mako', 'yaml'}))"
    )
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_without_optuna_it_says_what_to_install(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(afar.importlib.util, "find_spec", lambda name: None if name == "optuna" else found(name))
    with pytest.raises(StudyError, match="optuna is not installed") as caught:
        Search(AXES, Terms())
    assert caught.value.advice == "install it with: pip install 'openbell[optimize]'"
