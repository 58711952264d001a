"""The control room's side of a run: journals followed, read-only, and turned into rows for a page.

Reading order: `follow` (a journal becomes a book that keeps up with it), `tallies` (what the book does not keep), `rows`
(a book becomes rows), `changes` (what of them is new), `room` (all states of this machine, as `edges/web` asks for
them), `serve` (the process).
"""
