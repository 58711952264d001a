"""What happened, in numbers and pictures, on a page that opens without a network.

May import: `core`, `schema`, a frame library, jinja2.
"""
