"""What the web side asks for is what the runs' side has."""

from inspect import signature
from pathlib import Path

from openbell.edges.web import ports
from openbell.run.clock import WallClock
from openbell.run.web.changes import Reader
from openbell.run.web.keeper import Keeper
from openbell.run.web.room import Room


def test_the_room_and_its_readers_answer_to_the_port() -> None:
    room: ports.Room = Room(Keeper(Path("/nowhere")), WallClock())
    watch: type[ports.Watch] = Reader
    for port, made in ((ports.Room, type(room)), (ports.Watch, watch)):
        for name, method in vars(port).items():
            if not name.startswith("_"):
                assert signature(getattr(made, name)).parameters == signature(method).parameters, name
