"""Local servers that speak brokers' protocols over the simulated exchange.

Each in a process of its own.

Their field tables are repeated here on purpose: an adapter and the server it is tried against share no code.

What all of them share: `log`; `market` and `tape` (prices); `script` (faults by name, where and when), `mischief` and
`deeds` (what a fault does, pure), `windows` (what lasts), `door` (carries answers and announcements out), `control`
(the operator's port). A front's own `hands` lends books and words to its faults, its `operator` to its operator.

May import: `core`, `schema` and, alone of all siblings, `parts.venue`. Clock and market are handed in by `run`.
"""
