import pytest

from openbell.core.spec import OutsideSpec
from openbell.core.types import NS, Caps
from openbell.edges.brokers import alpaca, binance, plain
from openbell.edges.brokers.options import Asking, outside


@pytest.mark.parametrize("dedupes", [True, False])
def test_a_venue_is_asked_as_the_options_say(dedupes: bool) -> None:
    options = plain.Config.model_validate({"timeout": "3s", "visibility": "2s", "query_gap": "4s", "reconcile": "9s"})
    assert outside(options, Caps(client_ids=dedupes)) == OutsideSpec(
        ack_timeout=6 * NS, visibility=2 * NS, query_gap=4 * NS, reconcile_every=9 * NS, dedupes=dedupes
    )


@pytest.mark.parametrize(
    "options", [plain.Config(), alpaca.Config(key="PKX", secret="s"), binance.Config(key="k", secret="s")]
)
def test_every_brokers_own_times_are_taken(options: Asking) -> None:
    assert outside(options, Caps()).query_gap == options.query_gap > 0
