"""Verbs in this process, for what a translated file comes to."""

from tests.checklist.conftest import call

__all__ = ["call"]
