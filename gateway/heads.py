"""Heads: the lines before a request's body, bounded in size. httptools takes heads of any size, and uvicorn with it."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST: Final = 64_000
"""Bytes that a head may still wait for its end with; what comes at one read may be more."""


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol; a head that grows without end is answered with 400, and the connection closed."""

    _waiting: int | None = None
    """Bytes that came behind the first of an unfinished head; None for none."""

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
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It has ended."""
        self._waiting = None
        super().on_headers_complete()
