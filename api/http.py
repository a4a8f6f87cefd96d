"""Limits how long a client may take to send its request line and headers.

Weighed: uvicorn has no setting for it (`timeout_keep_alive` ends with the first byte), and another server (granian has
one) would have to run in a process without our background tasks. So this adds a timer to uvicorn's own protocol.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# Seconds for the complete request line and headers, from the first byte or from the start of the connection.
MAX_HEAD = 10.0


class PromptProtocol(H11Protocol):
    """HTTP/1.1, closing connections whose request head is not complete in time."""

    longest_head = MAX_HEAD
    _cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, whose state tells whether a head is complete."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_head()
        else:
            self._cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        """Once started, the timer is not reset: sending a byte at a time gains nothing."""
        if self._cut is None:
            self._cut = self.loop.call_later(self.longest_head, self._end)

    def _cancel(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None

    def _end(self) -> None:
        self._cut = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            closing = [(b"connection", b"close"), (b"content-length", b"0")]
            self.transport.write(self.conn.send(h11.Response(status_code=408, headers=closing)) or b"")
            self.transport.close()
