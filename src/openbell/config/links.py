"""Every address that stands anywhere in a file is looked at, whatever part it is for."""

from collections.abc import Iterator

from openbell.config.explain import C, Fault, Loc
from openbell.links import in_the_open


def open_links(data: object, loc: Loc = ()) -> Iterator[Fault]:
    """Yield a fault for each address, however deep, that would send in the open.

    Args:
        data: What stands in the file, with variables in place.
        loc: Path of it.
    """
    if isinstance(data, dict):
        for key, value in data.items():
            yield from open_links(value, (*loc, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from open_links(value, (*loc, i))
    elif isinstance(data, str) and (fault := in_the_open(data)) is not None:
        yield Fault(loc=loc, code=C.OPEN_LINK, what=fault.what, advice=fault.advice)
