"""Tests stay on this machine and run in the engine's decimal context."""

import socket
from decimal import Decimal, Inexact
from importlib import import_module

import pytest
from hypothesis import settings

ELSEWHERE = "192.0.2.1"  # kept free for documentation; nobody answers there


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_connection_to_another_machine_is_refused(family: socket.AddressFamily, method: str) -> None:
    host = ELSEWHERE if family == socket.AF_INET else "2001:db8::1"
    with socket.socket(family) as line, pytest.raises(RuntimeError, match="stay on this machine"):
        getattr(line, method)((host, 80))


def test_a_name_of_another_machine_is_not_looked_up() -> None:
    with pytest.raises(RuntimeError, match="stay on this machine"):
        socket.create_connection(("example.org", 80))


def test_a_connection_within_this_machine_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as line:
        assert line.getpeername() == server.getsockname()


def test_an_inexact_result_is_an_error() -> None:
    with pytest.raises(Inexact):
        Decimal(1) / Decimal(3)


def test_properties_are_tried_in_the_same_order_each_time() -> None:
    profile = settings.get_profile("openbell")
    assert profile.deadline is None
    assert profile.derandomize is not import_module("tests.conftest").THOROUGH
