"""What must be true: values, tables, the book and the one function that decides. Pure.

Nothing here reads a clock, draws a chance that is not counted, opens a file or knows in which mode it runs. The
same events give the same effects, today and in ten years.

May import: the standard library's pure half and msgspec. Nothing of ours but `core`.

Reading order: `types` and `codes`; `events` (what comes in) and `effects` (what goes out); `order`, `position`,
`account` (tables changed by `apply_*`); `book`; `strategy`, `sizing`, `risk`, `execution`; `engine` last.
"""
