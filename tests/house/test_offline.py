from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


def test_no_test_can_ask_the_world_outside():
    with pytest.warns(UserWarning, match="192.0.2.1"), pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
