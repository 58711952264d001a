"""`openbell api`: the interface of the control room for programs."""

from openbell.cli.shell.output import say_json

EXAMPLES = """
openbell api schema > openapi.json        the OpenAPI document of the control room
"""
SCHEMA_EXAMPLES = EXAMPLES


def schema() -> int:
    """Print the OpenAPI document: every route, its answers, and who may call it."""
    from openbell.run.web.serve import api_document

    say_json(api_document())
    return 0
