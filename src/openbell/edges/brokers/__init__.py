"""Brokers, one folder each: `Config`, `CAPS`, `LIMITS`, a pure codec, a transport.

Every failure becomes one of five: `Transient`, `RateLimited`, `AuthFailed`, `BadRequest`, `OutcomeUnknown`. What is
not in the table is `OutcomeUnknown`; silence is never a verdict.

May import: `core`, `schema`. The simulated broker is given its venue as a Protocol.
"""
