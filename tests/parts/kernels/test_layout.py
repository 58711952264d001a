"""The grids: every row has one meaning, and columns do not share a set of the cache."""

import numpy as np

from openbell.parts.kernels import layout as k
from openbell.parts.rules import __path__ as rules

BLOCKS = ("P_", "T_", "O_", "Q_", "V_", "R_", "N_", "S_", "C_", "K_")
WIDE = {"R_PARAMS": k.RULE_PARAMS, "C_AT": k.INSTANTS, "C_COUNT": k.INSTANTS, "FAR": k.FAR_ROWS}
"""Fields that take more rows than one."""


def _rows() -> dict[str, int]:
    names = [name for name in vars(k) if name.startswith(BLOCKS) and isinstance(getattr(k, name), int)]
    names += [
        "CASH",
        "VALUES",
        "NET",
        "GROSS",
        "EQUITY",
        "PEAK",
        "TROUGH",
        "DEEP_PEAK",
        "SESSION_EQUITY",
        "SEEN",
        "FEES",
        "ENTRIES",
        "COUNTER",
    ]
    names += [
        "EVENTS",
        "FILLS",
        "TRADES",
        "WINS",
        "ALERTS",
        "BARS",
        "FIRST",
        "CLOCK",
        "STATUS",
        "HOLDINGS",
        "BUSIES",
        "BUSY",
        "THINGS",
        "PAIRS",
        "RULES_COUNT",
    ]
    names += [
        "LEVERAGE_NUM",
        "LEVERAGE_DEN",
        "CALENDAR",
        "MOST_MONEY",
        "TOP",
        "PLAYING",
        "HEAD",
        "TAIL",
        "HITS",
        "CLOSED",
        "MOMENT",
    ]
    names += [
        "X_SLOT",
        "X_LOTS",
        "X_PX",
        "X_MAKER",
        "WEEK_EQUITY",
        "MONTH_EQUITY",
        "GATES",
        "WATCHERS",
        "EARS",
        "SCALERS",
        "COLLAR",
        "RATE",
        "CANCELS",
        "SELLS_OLD",
        "KILLS",
        "BOUNDED",
        "BREACHED",
        "LOOK_AT",
        "DEPLOYMENTS",
        "NOTED",
        "KEEPS",
        "CALENDARS",
        "CLOCKS",
        "LOOKER",
        "LOOKS",
        "TOLD",
        "H_AT",
        "H_AHEAD",
        "COLUMNS",
        "FAR",
        "W_ADDRESS",
        "W_SAID",
        "ANSWERS",
        "LANES",
    ]
    return {name: getattr(k, name) for name in names if name not in ("STOP", "N_CODES")}


def test_no_two_fields_share_a_row():
    rows = _rows()
    taken = [row + place for name, row in rows.items() for place in range(WIDE.get(name, 1))]
    assert sorted(taken) == list(range(k.LANES + 1))


def test_the_grid_is_as_wide_as_its_largest_group_and_its_columns_an_odd_number_of_cache_lines_apart():
    for things, pairs, slots in ((1, 1, 8), (3, 600, 4800), (2, 65, 520)):
        g, f = k.blank(things, pairs, slots)
        assert g.shape[1] == max(k.CODES, things, pairs, slots)
        assert g.strides[1] % 64 == 0
        assert g.strides[1] // 64 % 2 == 1
        assert g.shape[0] >= k.LANES + k.LANE_ROWS * things
        assert f.shape == (k.F_ROWS, max(things, pairs, 8))
        assert k.blank(things, pairs, slots, keeps=True)[1].shape == (k.F_ALL_ROWS, max(things, pairs, 8))


def test_what_is_handed_on_is_no_plain_int():
    for constant in (k.NOBODY, k.ZERO, k.MARKET, k.ENTRY, k.EXIT, k.SAY_REDUCED):
        assert type(constant) is np.int64


def test_rules_with_a_twin_are_rules():
    from pkgutil import iter_modules

    assert set(k.RULES) <= {found.name for found in iter_modules(rules)}
    assert [k.RULES[n] for n in (k.KILL, k.DAILY_LOSS, k.DRAWDOWN)] == ["kill", "daily_loss", "drawdown"]
