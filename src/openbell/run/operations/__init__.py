"""Daily and weekly operations: steps at fixed times, each with a verdict that is kept.

May import what `run` may. Reading order: `outcome`, `timetable`, `checks` (steps that look at the book), `books`
(steps that read the whole journal, in another process where data come live), `routine`.
"""
