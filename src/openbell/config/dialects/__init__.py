"""Configuration files of other systems, each turned into one of ours, once.

One file a dialect: it says for every key where its value stands in our file, or why it stands nowhere. Nothing is read
from such a file at run time. May import: what `config` may.

Reading order: `keys` (a foreign file, key by key), `writing` (our YAML), `live_trading`, `trading_config`.
"""

from types import ModuleType

from openbell.config.document import Tree


def dialect_of(root: Tree) -> ModuleType | None:
    """Return the module of a document's dialect, None where it is of none that is known."""
    from openbell.config.dialects import live_trading, trading_config

    return next((one for one in (trading_config, live_trading) if one.is_meant(root)), None)
