"""Acceptance tests of the checklist; `tests/requirements.toml` says which test proves which id."""
