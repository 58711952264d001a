"""Bugs that cost users of other programs money, as scenarios: a plain reference bot fails each, openbell passes."""
