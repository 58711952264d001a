"""A file that trades coins at a vendor whom nobody reaches."""


def coins_file(symbols: str = "BTCUSDT, ETHUSDT", *, slow: int = 3, more: str = "") -> str:
    """Return a configuration; `more` stands behind its account, as YAML."""
    return f"""
mode: paper
accounts:
  main: {{broker: binance, key: PKTEST, secret: secret, url: "http://127.0.0.1:1", cash: 100000 USDT}}
{more}deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 2, slow: {slow}}}
    instruments: [{symbols}]
    bars: 1m
    account: main
    budget: {{capital: 50000 USDT, per_position: 10%}}
"""
