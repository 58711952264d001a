"""`openbell serve`: the control room in a browser."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """
openbell serve                       every run of this machine, on http://127.0.0.1:8787/
openbell serve runs/a runs/b         these two alone
openbell serve --open                with a link that lets you in once, without a password
openbell serve --port 9000           elsewhere
openbell serve --host 0.0.0.0 --tls-cert desk.pem --tls-key desk.key --allow 192.0.2.0/24      for other machines
"""
States = Annotated[
    list[Path] | None, typer.Argument(metavar="STATE…", help="State directories; none for all.", show_default=False)
]
Host = Annotated[
    str,
    typer.Option("--host", metavar="ADDRESS", help="Where to listen; others need TLS, --allow and a second factor."),
]
Port = Annotated[int, typer.Option("--port", metavar="P", min=0, max=65535, help="0 takes a free one.")]
Link = Annotated[bool, typer.Option("--open", help="Make a link that opens the page once, for 15 minutes.")]
Certificate = Annotated[
    Path | None,
    typer.Option("--tls-cert", metavar="F", help="PEM file of the certificate and its chain.", show_default=False),
]
Key = Annotated[
    Path | None, typer.Option("--tls-key", metavar="F", help="PEM file of its key, for you alone.", show_default=False)
]
Allowed = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="NETWORK", help="Who may ask; as often as needed.", show_default=False),
]
Ready = Annotated[
    Path | None,
    typer.Option("--ready-file", metavar="F", help="Holds the address once the port answers.", show_default=False),
]


def serve(
    states: States = None,
    host: Host = "127.0.0.1",
    port: Port = 8787,
    link: Link = False,
    certificate: Certificate = None,
    key: Key = None,
    allowed: Allowed = None,
    ready: Ready = None,
) -> int:
    """Show runs in a browser, and take words for them; the engines themselves do not need it."""
    import asyncio
    import os
    import sys

    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.interrupt import Interrupt
    from openbell.cli.shell.output import say
    from openbell.run import state
    from openbell.run.orphan import Orphan
    from openbell.run.web.public import PublicBind, Tls
    from openbell.run.web.serve import Place, Told
    from openbell.run.web.serve import serve as serve_on

    # A run that is only just beginning has said where it comes from, and has no journal yet.
    only = tuple(path if (path / "origin.json").exists() else state.existing(path) for path in states or ())
    if (certificate is None) != (key is None):
        raise Wrong("--tls-cert and --tls-key belong together", "give both, or neither")
    tls = Tls(certificate=certificate, key=key) if certificate is not None and key is not None else None
    place = Place(
        home=state.home(os.environ), only=only, host=host, port=port, has_link=link, tls=tls,
        allowed=tuple(allowed or ()),
    )  # fmt: skip

    def tell(told: Told) -> None:
        say(f"The control room: {told.link or told.address}")
        if told.setup_code:
            say(f"First time: choose a password there, with this code (15 minutes): {told.setup_code}")
        say("Ctrl-C ends it; the engines go on.")
        # Nothing more comes, perhaps for days: a reader behind a pipe would wait for a full buffer.
        sys.stdout.flush()
        if ready is not None:
            ready.write_text(told.link or told.address, encoding="utf-8")

    beside = [Orphan(folder, "gone") for folder in only]

    with Interrupt() as interrupt:
        try:
            asyncio.run(serve_on(place, tell, lambda: interrupt.is_set or any(one.is_done() for one in beside)))
        except PublicBind as refused:
            raise Wrong(str(refused), "docs/how-to/public-address.md goes through it step by step") from None
        except OSError as error:
            raise Wrong(f"--port: {host}:{port} cannot be listened on: {error.strerror}", "name another port") from None
    return 0
