"""Is everything ready to trade? One line for each part, each that is not well with one remedy.

It never trades: what runs is a rehearsal in a scratch state. Reading order: `line` (what is told), `machine`, `setup`
(the file and what stands behind it), `market` (bars), `trial` (signals, and a whole run).
"""
