"""Messages: a process of its own follows the journal and tells people.

Nothing here can delay an engine.


Reading order: `told` (what is told of a record), `watch` (the journal followed), `desk` (to whom it goes, and when),
`courier` (how it gets there), `notifier` (all of it, as a process).
"""
