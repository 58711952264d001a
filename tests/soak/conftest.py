"""Collects often, and so does not look each time through what a thousand other tests have left behind."""

import gc

import pytest


@pytest.fixture(autouse=True)
def _others_are_permanent() -> None:
    gc.collect()
    gc.freeze()
