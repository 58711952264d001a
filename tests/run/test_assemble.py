from decimal import Decimal

import pytest

from openbell.config.explain import ConfigError
from openbell.core.types import OrderType
from openbell.parts.venue.dry import DryVenue
from openbell.parts.venue.exchange import Exchange
from openbell.run import assemble
from openbell.run.modes import ModeRefused
from openbell.run.records import parse_spec, parse_venues
from tests.run.small import small, write


def test_the_file_becomes_what_the_core_can_run(tmp_path):
    prepared, _ = small(tmp_path)
    deployment = prepared.spec.deployments["cross"]
    assert deployment.capital == 100000 and deployment.size.value == Decimal("0.08")
    assert deployment.exits.stop_loss == Decimal("0.005")
    assert prepared.spec.accounts["main"].calendar == "NYSE"
    assert [rule.kind for rule in prepared.rules][:2] == ["kill", "session_hours"]
    assert prepared.venues["main"].fees.minimum == 1


def test_sizes_exits_and_orders_are_taken_over(tmp_path):
    path = write(tmp_path)
    path.write_text(
        path.read_text().replace(
            "exits: {stop_loss: 0.5%, take_profit: 1%}",
            "size: {notional: 5000 USD}\n    exits: {stop_atr: 2, trailing: 1.5 USD}\n"
            "    order: {type: limit, tif: day}\n    short: true",
        )
    )
    loaded, shelves = assemble.read(path, {})
    deployment = assemble.prepare(loaded, shelves).spec.deployments["cross"]
    assert (deployment.size.kind, deployment.size.value) == ("notional", 5000)
    assert (deployment.exits.stop_atr, deployment.exits.trail_amount) == (2, Decimal("1.5"))
    assert deployment.entry_type is OrderType.LIMIT and deployment.can_short


def test_a_dry_run_gets_a_venue_that_refuses_everything(tmp_path):
    path = write(tmp_path)
    loaded, shelves = assemble.read(path, {}, mode="dry_run")
    prepared = assemble.prepare(loaded, shelves)
    assert isinstance(assemble.venues_of(prepared.spec, prepared.venues)["main"], DryVenue)
    simulated, _ = small(tmp_path)
    assert isinstance(assemble.venues_of(simulated.spec, simulated.venues)["main"], Exchange)


def test_the_venue_in_the_process_knows_whether_its_account_nets_deployments(tmp_path):
    path = write(tmp_path)
    for word in ("false", "true"):
        path.write_text(path.read_text().replace("cash: 100000 USD", f"cash: 100000 USD, netting: {word}"))
        loaded, shelves = assemble.read(path, {})
        prepared = assemble.prepare(loaded, shelves)
        venue = assemble.venues_of(prepared.spec, prepared.venues)["main"]
        assert venue.floor.netting is (word == "true")
        path.write_text(path.read_text().replace(f", netting: {word}", ""))


def test_an_unknown_part_is_an_error_of_the_file(tmp_path):
    with pytest.raises(ConfigError, match="did you mean ema_cross"):
        assemble.read(write(tmp_path, strategy="ema_cros"), {})


def test_live_is_refused_without_a_broker(tmp_path):
    path = write(tmp_path)
    with pytest.raises((ModeRefused, ConfigError)):
        loaded, shelves = assemble.read(path, {}, mode="live")
        assemble.prepare(loaded, shelves)


def test_genesis_carries_all_that_a_reader_needs(tmp_path):
    prepared, told = small(tmp_path)
    genesis = assemble.genesis(prepared, "ABC123", told.digest, 5)
    assert parse_spec(genesis) == prepared.spec
    assert parse_venues(genesis) == prepared.venues
    assert genesis.source == told.digest and genesis.rules == tuple(rule.text for rule in prepared.rules)


def test_instance_tags_are_six_characters_of_the_order_id_alphabet():
    tags = {assemble.new_instance() for _ in range(50)}
    assert len(tags) > 45
    assert all(len(tag) == 6 and set(tag) <= set(assemble.TAG) for tag in tags)
