"""Fits the model of `learned.py` to bars of the past, and writes it into `model.json` and `config.yaml`.

    python examples/learned-strategy/train.py                               the invented weeks before the backtest
    python examples/learned-strategy/train.py --data bars --until 2024-03-04    recorded bars that end before a day

The features are openbell's own indicators, taken over each instrument's bars in order. What is learned is the return
over the next bars, by ridge regression. The same bars give the same file to the byte.
"""

import argparse
import json
import math
import os
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from openbell.core.strategy import SessionRow, fresh_state
from openbell.core.types import NS
from openbell.edges.feeds.merge import fingerprint
from openbell.parts.indicators import ema, roc, rsi, zscore
from openbell.run import assemble, source
from openbell.run.parts import bind_indicator
from openbell.run.sessions import sessions_of

HERE = Path(__file__).resolve().parent
BEGIN, DAYS = date(2024, 1, 2), 60
"""The invented market to learn from: it ends before the one of the backtest begins."""
AHEAD = 8
"""Bars over which the return is learned."""
RIDGE = 0.01
"""How much coefficients are pulled to 0, as a share of the rows."""
TRADED = 0.9
"""The edge is the score that this share of the rows stays within."""
NAMES = ("trend", "zscore", "rsi", "roc")
PARTS = {"trend": ema, "zscore": zscore, "rsi": rsi, "roc": roc}


def bars(data=None, until=None):
    """Return the tables to learn from, and the lengths of the features as the configuration has them.

    Args:
        data: Folder or file of recorded bars; None for the invented market.
        until: No bar after its midnight, UTC; None for the first day of the backtest.
    """
    loaded, shelves = assemble.read(HERE / "config.yaml", os.environ)
    prepared = assemble.prepare(loaded, shelves)
    feed, options = prepared.feed, prepared.feed_options
    until = until or options.start
    if data is not None:
        kind = source.chosen_by_path(data)
        feed, options = shelves.feeds.module(kind), shelves.feeds[kind].model_validate({"path": data})
    else:
        options = options.model_copy(update={"start": BEGIN, "days": DAYS})
    end = int(datetime(until.year, until.month, until.day, tzinfo=UTC).timestamp()) * NS
    found = source.load(prepared.spec, feed, options, sessions_of(loaded.config.calendars, None), end)
    strategy = loaded.config.deployments[0].strategy.options
    return found.tables, {name: getattr(strategy, f"{name}_bars") for name in NAMES}


def features(table, lengths):
    """Return the features of each bar of a table, float64 of shape (bars, 4), NaN while one warms up."""
    found = np.empty((len(table), len(NAMES)))
    columns = (table.open, table.high, table.low, table.close, table.volume)
    rows = [
        SessionRow(*values, ts, ts - table.interval_ns, 0, 0)
        for ts, *values in zip(table.ts.tolist(), *(column.tolist() for column in columns), strict=True)
    ]
    for place, name in enumerate(NAMES):
        part = PARTS[name]
        bound = bind_indicator(part, part.Config(period=lengths[name]))
        state = fresh_state(bound.layout)
        found[:, place] = [bound.step(state, bound.params, row) for row in rows]
    # The trend is how far the close stands from its average.
    found[:, 0] = table.close / found[:, 0] - 1.0
    return found


def samples(tables, lengths):
    """Return features and returns of all bars that have both."""
    xs, ys = [], []
    for table in tables:
        x, y = features(table, lengths)[:-AHEAD], table.close[AHEAD:] / table.close[:-AHEAD] - 1.0
        is_whole = ~np.isnan(x).any(axis=1)
        xs.append(x[is_whole])
        ys.append(y[is_whole])
    if not sum(map(len, ys)):
        raise ValueError(f"no bar has all features behind it and {AHEAD} bars before it; give more of them")
    return np.concatenate(xs), np.concatenate(ys)


def total(values):
    """Return a sum that is the same on every machine: exact, and rounded once."""
    return math.fsum(values.tolist())


def fit(x, y):
    """Return bias, coefficients and R2 of a ridge regression."""
    count = len(y)
    middle = np.array([total(column) / count for column in x.T])
    wide = np.array([math.sqrt(total((column - m) ** 2) / count) or 1.0 for column, m in zip(x.T, middle, strict=True)])
    z, mean = (x - middle) / wide, total(y) / count
    gram = np.array([[total(a * b) for b in z.T] for a in z.T]) + RIDGE * count * np.eye(len(middle))
    weights = np.linalg.solve(gram, np.array([total(a * (y - mean)) for a in z.T])) / wide
    bias = mean - math.fsum((weights * middle).tolist())
    left = y - bias - (x * weights).sum(axis=1)
    return bias, weights.tolist(), 1.0 - total(left**2) / total((y - mean) ** 2)


def short(value):
    """Return a number with six digits: enough for a model, and the same whatever solved it."""
    return float(f"{value:.6g}")


def train(tables, lengths):
    """Return the model as it is written down."""
    x, y = samples(tables, lengths)
    bias, weights, r2 = fit(x, y)
    scores = np.sort(np.abs(bias + (x * np.array(weights)).sum(axis=1)))
    stamps = [int(ts) for table in tables for ts in (table.ts[0], table.ts[-1])]
    first, last = (datetime.fromtimestamp(ts // NS, UTC).isoformat() for ts in (min(stamps), max(stamps)))
    return {
        "strategy": "./learned.py",
        "learned": f"return over the next {AHEAD} bars",
        "features": [
            {"name": name, "indicator": PARTS[name].__name__.rpartition(".")[2], "bars": lengths[name],
             "coefficient": short(weight)}
            for name, weight in zip(NAMES, weights, strict=True)
        ],
        "bias": short(bias),
        "edge": short(scores[int(TRADED * (len(scores) - 1))]),
        "rows": len(y),
        "r2": round(r2, 4),
        "trained_on": {
            "instruments": [table.symbol for table in tables],
            "interval_s": tables[0].interval_ns // NS,
            "first_bar": first,
            "last_bar": last,
            "sha256": fingerprint(tables),
            "is_synthetic": tables[0].is_synthetic,
        },
    }  # fmt: skip


def options_of(model):
    """Return the model as the strategy's options."""
    lengths = {f"{one['name']}_bars": one["bars"] for one in model["features"]}
    weights = {one["name"]: one["coefficient"] for one in model["features"]}
    return {**lengths, "bias": model["bias"], **weights, "edge": model["edge"]}


def written(model):
    """Return a model as the text of its file."""
    return json.dumps(model, indent=2) + "\n"


def configured(text, model):
    """Return a configuration's text with the numbers of a model in it."""
    for name, value in options_of(model).items():
        text, count = re.subn(rf"(?m)^( {{6}}{name}: ).*$", rf"\g<1>{value}", text)
        if count != 1:
            raise SystemExit(f"config.yaml: `{name}:` stands in it {count} times, and should once")
    return text


def main():
    """Train, and write model and configuration."""
    parser = argparse.ArgumentParser(description="Fit the model of learned.py to bars of the past.")
    parser.add_argument("--data", type=Path, help="recorded bars; without it, an invented market")
    parser.add_argument("--until", type=date.fromisoformat, help="no bar after this day's midnight, UTC")
    asked = parser.parse_args()
    try:
        model = train(*bars(asked.data, asked.until))
    except (source.SourceError, ValueError) as error:
        raise SystemExit(f"nothing was learned: {error}") from error
    (HERE / "model.json").write_text(written(model), encoding="utf-8")
    path = HERE / "config.yaml"
    path.write_text(configured(path.read_text(encoding="utf-8"), model), encoding="utf-8")
    seen = model["trained_on"]
    rows = f"{model['rows']} rows from {seen['first_bar']} to {seen['last_bar']}, R2 {model['r2']}"
    sys.stdout.write(f"{rows}: model.json and config.yaml are written\n")


if __name__ == "__main__":
    main()
