"""Configuration files of other systems, each turned into one of ours, once.

One file a dialect: it says for every key where its value stands in our file, or why it stands nowhere. Nothing is read
from such a file at run time. May import: what `config` may.

Reading order: `keys` (a foreign file, key by key), `writing` (our YAML), `live_trading`, `trading_config`.
"""
