"""How long a connection may take: a request that trickles in, or never comes, makes way for others."""

from __future__ import annotations

import asyncio
import resource
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS: Final = 10.0
"""From a connection, or the first byte of a further request, to the end of its body."""
_LEAST_READ: Final = 32 * 1024
"""Bytes of an answer that must be read in as many seconds where more of it waits."""
MOST_CONNECTIONS: Final = 4000
"""Above it, those that have asked for nothing make way."""
_WANTED_FILES: Final = 3 * MOST_CONNECTIONS


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP protocol that gives up what does not end: by itself it gives up idle connections alone."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest, or stop waiting where the request is whole."""
        super().data_received(data)
        waiting = self.conn.their_state is h11.SEND_BODY or (
            self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        )
        if self.flow.write_paused:
            return
        if not waiting:
            self._stop_waiting()
        elif self._timer is None:
            self._wait()

    def pause_writing(self) -> None:
        """Wait for an answer to be read: what is left of it is in memory, and whoever writes it is held up."""
        super().pause_writing()
        self._stop_waiting()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        """Stop waiting for that."""
        super().resume_writing()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _wait_for_reader(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._timer = self.loop.call_later(REQUEST_SECONDS, self._look_at_reader, left)

    def _look_at_reader(self, left_before: int) -> None:
        if left_before - self.transport.get_write_buffer_size() < _LEAST_READ:
            self._give_up()
        else:
            self._wait_for_reader()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        self.transport.abort()

    def _make_room(self) -> None:
        for connection in list(self.connections):
            if connection is not self and isinstance(connection, PatientProtocol) and connection.idle:
                connection.transport.abort()
                return
        self.transport.abort()

    @property
    def idle(self) -> bool:
        """Whether nothing is being answered."""
        return self.conn.our_state is h11.IDLE


def allow_connections() -> None:
    """Let this process hold as many files open as the system grants it: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, _WANTED_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
