"""What a run writes into its log files, and where."""

from typing import Literal

from openbell.schema import PartConfig, Text


class Logging(PartConfig):
    """The log files of a run.

    Attributes:
        level: Least level that is written; `--log-level` comes first.
        trades: False leaves orders and fills out. signals: False leaves signals out.
        portfolio: True adds equity, cash and holdings of the account behind each fill.
        path: Folder of the files, from the file's own folder on; by default `logs` of the state.
    """

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    trades: bool = True
    signals: bool = True
    portfolio: bool = False
    path: Text = ""
