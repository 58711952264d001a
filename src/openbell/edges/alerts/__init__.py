"""Ways to reach a person, one file each, and the outbox of what is still to be sent.

May import: `core`, `schema`. A channel is `Config`, `targets(config)` and `async send(config, letter, target)`, which
raises one of `letter.Fault`; it holds no state. Reading order: `letter`, `posting`, `webhook`, then the others;
`outbox`.
"""

KINDS = ("apprise", "discord", "email", "sentry", "slack", "sms", "telegram", "webhook")
"""The files here that are channels."""
