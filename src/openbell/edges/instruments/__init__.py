"""Instruments from configuration: presets by kind, every number open to correction.

May import `core` and `schema` only. Reading order: `load` (mapping or file to `Instrument`), `presets`.
"""

from openbell.edges.instruments.load import Config, instrument, load, read
from openbell.edges.instruments.presets import KINDS

__all__ = ["KINDS", "Config", "instrument", "load", "read"]
