"""Brokers, one folder each, and what all of them share.

The port: a broker's package has every name of `PORT`, and its codec (`encode`, `decode`) is pure and apart from what
carries it. Shared are `request` and `mail` (what is asked, paced by `budget`), `again` (what goes once more, and what
does not wait), `reply`, `fields` and `words` (what is read and what is told), `options`, `failures`, `backoff`,
`watch`, `snapshot` (the question about a whole account), `session` (one connection over REST and streams), `line` (the
connection that comes back by itself) and `carrier` (what carries requests and streams), `enquiry` and `listed` (what is
asked before a run, and what a vendor lists).

Every failure becomes one of five: `Transient`, `RateLimited`, `AuthFailed`, `BadRequest`, `OutcomeUnknown`. What is
not in the table is `OutcomeUnknown`; silence is never a verdict.

May import: `core`, `schema`. The simulated broker is given its venue as a Protocol.
"""

PORT = ("Config", "CAPS", "LIMITS", "MODES", "place", "line", "probe", "pull")
"""What a broker that is reached over a line must have.

Its `Config` has also `is_simulated`, True for a server on this machine, and `misfit(mode)`, why key, host or account
are not of the mode's kind of money, empty where they are. A broker may have `listed(options, limits, symbols, access)`,
what its vendor lists of instruments, and `history(options, limits, wanted, access)`, its minutes of the past.
"""
