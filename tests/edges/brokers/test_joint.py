from openbell.core import events as ev
from openbell.edges.brokers.joint import Joint


def test_a_joint_takes_events_in_the_order_in_which_they_came() -> None:
    told: list[ev.Event] = []

    async def room() -> None:
        return

    joint = Joint(tell=told.extend, room=room, now=lambda: 5, epoch=lambda: 2, seed=1, since=0)
    links = [ev.Link(ts=n, account="main", channel="orders", is_up=True) for n in range(3)]
    joint.tell(links[:2])
    joint.tell(links[2:])
    assert told == links
    assert (joint.now(), joint.epoch()) == (5, 2)
