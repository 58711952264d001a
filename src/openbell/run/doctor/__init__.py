"""Is everything ready to trade? A line for each part, with a remedy if it is not well.

It never trades: what runs is a rehearsal in a scratch state. Reading order: `line` (what is told), `machine`, `setup`
(the file and what stands behind it), `market` (bars), `trial` (signals, and a whole run).
"""
