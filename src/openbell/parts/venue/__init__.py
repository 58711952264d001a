"""The simulated exchange: a state machine from events and effects to timed answers.

It matches, charges, delays and fails as told, and holds no clock: the caller says what time it is.

May import: `core.types`, `codes`, `events`, `effects`, `draw`, and nothing else of ours, so that a local
server can speak a broker's protocol over the very same exchange.
"""
