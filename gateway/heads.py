"""Heads: the lines before a request's body, bounded in size and time. httptools takes heads of any size, and uvicorn
waits for the end of one for ever."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST: Final = 64_000
"""Bytes that a head may still wait for its end with; what comes at one read may be more."""
TIME: Final = 15.0
"""Seconds for a head to be there, from the connection or from its first byte."""


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol; a head that grows without end is answered with 400, and the connection closed. It is closed
    without an answer when a head does not come in time."""

    _waiting: int | None = None
    """Bytes that came behind the first of an unfinished head; None for none."""
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A head is to come."""
        super().connection_made(transport)
        self._late = self.loop.call_later(TIME, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn does, unless the head has become too large."""
        if self._waiting is not None:
            self._waiting += len(data)
            if self._waiting > MOST:
                self.send_400_response(f"The head of the request is larger than {MOST} bytes.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._waiting = 0
        if self._late is None:
            self._late = self.loop.call_later(TIME, self.transport.close)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It has ended."""
        self._waiting = None
        self._in_time()
        super().on_headers_complete()

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
