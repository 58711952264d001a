"""Log files for people and collectors: JSON lines, a table of trades; secrets never.

May import `core` and `schema` only. Nothing is decided by what stands in a log, and nothing waits for one: a disk that
takes no lines loses lines and says so. Reading order: `redact`, `files`, `table`, `book`.
"""
