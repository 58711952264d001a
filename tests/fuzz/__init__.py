"""Requests drawn from the API's own OpenAPI document, sent to a real server over real states."""
