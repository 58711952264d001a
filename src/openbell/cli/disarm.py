"""`openbell disarm`: no new risk with real money from now on."""

from openbell.cli.arm import Reason
from openbell.cli.kill import Scope
from openbell.cli.shell.options import Json, StateOption, StateWord

EXAMPLES = """
openbell disarm                             the run written last; entries are taken back, exits and protection stay
openbell disarm runs/a --scope account:main
"""


def disarm(
    word: StateWord = None,
    state: StateOption = None,
    scope: Scope = "all",
    reason: Reason = "",
    as_json: Json = False,
) -> int:
    """Take back what `arm` allowed: no new risk with real money, exits go on."""
    from openbell.cli.shell.order import Word, give
    from openbell.cli.shell.place import chosen

    effect = f"no new risk with real money in {scope}; exits and protection go on"
    give(chosen(word, state), Word(kind="disarm", scope=scope, reason=reason), as_json=as_json, effect=effect)
    return 0
