"""The venue's port is filled by the exchange and by the dry venue alike."""

import inspect

import pytest

from openbell.core.ports import Venue
from openbell.parts.venue.dry import DryVenue
from openbell.parts.venue.exchange import Exchange

MEMBERS = [name for name in vars(Venue) if not name.startswith("_")]


@pytest.mark.parametrize("venue", [Exchange, DryVenue])
@pytest.mark.parametrize("name", MEMBERS)
def test_a_venue_has_every_member_with_the_same_parameters(venue: type, name: str) -> None:
    wanted, made = getattr(Venue, name), getattr(venue, name)
    if isinstance(wanted, property):
        assert isinstance(made, property)
    else:
        assert list(inspect.signature(made).parameters) == list(inspect.signature(wanted).parameters)
