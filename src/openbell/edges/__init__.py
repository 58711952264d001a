"""Everything that touches the world, one folder a kind: files, sockets, clocks.

An edge turns bytes into events and effects into bytes. It decides nothing; what it cannot read it reports.

May import: `core`, `schema` and what its kind needs. Kinds of edges do not know each other, nor `parts`, `config`,
`report` or `run`; `run.assemble` hands over what they need.

Reading order: `journal` first, then `feeds`, `calendars`, `instruments`, `brokers`, `vault`.
"""
