"""The control room's side of runs: journals followed, read only, as rows for a page.

Reading order: `follow` (a journal becomes a book that keeps up with it), `tallies` (what the book does not keep),
`rows` and `limits` (a book becomes rows), `changes` (what of them is new), `scene` (one state), `keeper` (all of
them), `past` (what was), `room` (as `edges/web` asks for it), `serve` (the process).
"""
