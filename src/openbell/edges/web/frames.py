"""What goes over the socket, in words: the OpenAPI document has no place for it."""

from openbell.edges.web.live import (
    BEAT_S,
    GONE,
    LONGEST_HELLO_S,
    LONGEST_SEND_S,
    MOST_HZ,
    PROTOCOL,
    TOO_MANY,
)
from openbell.edges.web.live import REFUSED as NO_TICKET
from openbell.edges.web.sessions import MOST_EACH

ABOUT = (
    "JSON texts, one message each. Snapshots and deltas are numbered: a delta with another `since` than the number that"
    " you have means that something is missing, and you connect anew. Whoever takes its time is sent all that came in"
    " between as one delta, and a snapshot where that would be too much: nothing is left out without a word."
)
MESSAGES = (
    (
        "you",
        '{"ticket", "state", "without"}',
        (
            f"The first, within {LONGEST_HELLO_S:g} s: a ticket of POST /api/ticket,"
            " the name of a run (empty: the list of all runs alone), and lists that you do not want."
        ),
    ),
    ("you", '{"type": "rate", "hz"}', f"At most so many deltas a second; {MOST_HZ:g} unless you say less."),
    (
        "server",
        '{"type": "hello", "protocol", …}',
        f"Which frames these are, now {PROTOCOL}, and the heartbeat's fields.",
    ),
    ("server", '{"type": "snapshot", "n", "data"}', "All that stands, by section. It may come at any time."),
    (
        "server",
        '{"type": "delta", "since", "n", "data"}',
        (
            "What differs, by section: of rows `set` (new ones, whole),"
            " `part` (fields that differ) and `drop` (keys); of lists `add`, `is_whole` where rows before are left out."
        ),
    ),
    (
        "server",
        '{"type": "heartbeat", "server_ts", …}',
        (
            f"Every {BEAT_S:g} s: the engine's last sign of life, its"
            " market's instant, its last record, whether it runs, and its badge; null for the list of all."
        ),
    ),
    (
        "server",
        f"closes with {NO_TICKET}, {GONE}, {TOO_MANY}",
        (
            "The ticket is not good; this run cannot be shown; more"
            f" than {MOST_EACH} sockets. Who takes nothing for {LONGEST_SEND_S:g} s is let go."
        ),
    ),
)
ROW, ROWS, LIST = "row", "rows", "list"
SECTIONS = {
    "run": (ROW, "What the run is, and how far its journal goes. In a delta it stands under its name."),
    "accounts": (ROWS, "By name."),
    "deployments": (ROWS, "By name."),
    "positions": (ROWS, "What is held, by deployment and symbol."),
    "orders": (ROWS, "Open ones and the latest that ended, by id."),
    "instruments": (ROWS, "The latest price and the hours, by symbol."),
    "limits": (ROWS, "How far each limit is used."),
    "latches": (ROWS, "What holds entries back."),
    "kills": (ROWS, "Stops that are under way or stand, by scope."),
    "fills": (LIST, "Every one, in order."),
    "trades": (LIST, "Every one that is closed, in order."),
    "alerts": (LIST, "Every one of the journal, in order."),
    "decisions": (LIST, "The newest only: they come with every bar."),
    "bars": (LIST, "New bars by symbol, in deltas alone; older ones from GET /api/bars."),
    "log": (LIST, "Lines of the run's main log, in order; older ones from GET /api/logs."),
    "told": (ROWS, "How messages stand, by the run's name: who carries them, how many nobody has seen or heard."),
    "channels": (ROWS, "By name: what waits, and when something was taken last."),
    "messages": (
        ROWS,
        (
            "The newest that people were told, by number, with their ways; one that leaves them is dropped"
            " here and found in GET /api/alerts/told."
        ),
    ),
    "states": (ROWS, "The list of all runs that can be shown, by name."),
    "dark": (ROWS, "Those that cannot, by name, and why."),
}
"""Of a snapshot's and a delta's data; what is empty and what has not changed is left out of a delta."""
