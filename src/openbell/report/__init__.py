"""What happened, in numbers and pictures, on a page that opens without a network.

May import: `core`, `schema`, jinja2 where a page is made. Reading order: figures (numbers as text), series and trades
(what is kept), recorder (the onlooker), metrics (the figures and the terminal's texts), dataset, sections, html.
"""
