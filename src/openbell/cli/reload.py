"""`openbell reload`: changed limits for a run that lives."""

from typing import Annotated

import typer

from openbell.cli.shell.options import File, Json, StateOption, StateWord

EXAMPLES = """
openbell reload my.yaml                what is tighter counts at once; what is looser only while nothing is held
openbell reload my.yaml --confirm      also what is looser, at once
openbell plan my.yaml --against DIR    what would change
"""
Confirm = Annotated[bool, typer.Option("--confirm", help="Loosen limits although something is held or ordered.")]


def reload(
    file: File, word: StateWord = None, state: StateOption = None, confirm: Confirm = False, as_json: Json = False
) -> int:
    """Hand a running engine the limits of a changed file: rules, leverage, capital, positions."""
    import msgspec

    from openbell.cli.shell.begin import prepare
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.order import Word, actor, give
    from openbell.cli.shell.place import chosen
    from openbell.run import state as states
    from openbell.run.listings import begun_with
    from openbell.run.records import first_event
    from openbell.run.reload import change_of

    if file.is_dir():
        raise Wrong(f"{file} is a directory; the FILE comes first, then the state", f"openbell reload FILE {file}")
    folder = chosen(word, state)
    prepared, _ = prepare(file, None, known=begun_with(states.journal(folder)))
    change = change_of(prepared, first_event(states.journal(folder)), actor(), is_confirmed=confirm)
    told = Word(kind="config", reason=f"limits of {file}", change=msgspec.json.encode(change).decode())
    give(folder, told, as_json=as_json, effect="status and the journal say which limits changed and which wait")
    return 0
