"""What a file may say and should not: rules over the whole configuration.

Each has an id and a hint. A finding is a warning; what cannot be run at all is an error, told by `config/load`. May
import what `config` may. Reading order: `rule` (what a rule is, and what it sees), `figures` (sizes and limits in
money), then the rules by subject: `sizes`, `limits`, `exits`, `data`, `accounts`,
`alerts`; `review` asks them all.
"""
