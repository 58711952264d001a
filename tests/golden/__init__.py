"""Journals written by versions of openbell that are past, and what they amounted to."""
