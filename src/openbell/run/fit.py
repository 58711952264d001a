"""What a venue cannot do for a deployment is said before anything runs."""

from collections.abc import Callable
from types import ModuleType

from openbell.core.spec import AccountSpec, DeploymentSpec, RunSpec
from openbell.core.types import OrderType
from openbell.run.modes import ModeRefused


def demand_fit(spec: RunSpec, broker_of: Callable[[str], ModuleType]) -> None:
    """Look at every deployment whose venue is outside the process.

    Args:
        spec: The run.
        broker_of: The adapter of an account, by the account's name.

    Raises:
        ModeRefused: A deployment asks for what its venue cannot do.
    """
    for deployment in spec.deployments.values():
        account = spec.accounts[deployment.account]
        if account.outside is None:
            continue
        every = (one for one in spec.deployments.values() if one.account == account.name)
        symbols = tuple(symbol for one in every for symbol in one.instruments)
        unfit = getattr(broker_of(account.name), "unfit", lambda *_: "")
        stops = max(_exits(deployment), int(_enters_by_stop(deployment)))
        why = _unheld(account, deployment) or unfit(symbols, deployment.interval, stops)
        if why:
            raise ModeRefused(f"deployment {deployment.name}, account {account.name}: {why}")


def _exits(deployment: DeploymentSpec) -> int:
    exits = deployment.exits
    return bool(exits.stop_loss or exits.stop_atr) + bool(exits.take_profit) + exits.has_trail


def _enters_by_stop(deployment: DeploymentSpec) -> bool:
    return deployment.entry_type in (OrderType.STOP, OrderType.STOP_LIMIT)


def _unheld(account: AccountSpec, deployment: DeploymentSpec) -> str:
    """Return what of a deployment's protection cannot rest at its venue, empty for nothing."""
    exits = deployment.exits
    if _enters_by_stop(deployment) and not account.caps.resting_stop:
        return "its venue keeps no stop orders; enter by market or limit"
    if exits.has_trail and not account.caps.trailing:
        return "no trailing stop rests at its venue; write stop_loss in its place"
    if not account.caps.reserves:
        return ""
    if account.netting:
        return "its venue keeps what a resting stop would sell, so nobody can hold the other side; leave netting out"
    if exits.has_trail and (exits.stop_loss or exits.stop_atr):
        return "one protective order rests for a holding at its venue; leave stop_loss or trailing out"
    return ""
