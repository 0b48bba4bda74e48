"""Streaming: the answers of one subscription in one HTTP response, for clients without WebSockets.

Server-sent events follow GraphQL over SSE (distinct connections): `next` for each answer, `complete` at the end. Parts
follow Apollo's multipart protocol for subscriptions. What is refused is said in the stream, which is 200 by then.

As on sockets no answer waits in memory: the source is asked for its next event when the one before was taken. A client
that does not take it in time loses its connection. When this process stops, streams end without `complete`, so that
clients subscribe again with their last cursor.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive, Send

from gateway.edge.execution import Answer, Executions, Prepared, reject
from gateway.edge.media import StreamForm
from gateway.edge.settings import Bounds

Write = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Framing:
    """The bytes around answers: at the beginning, before and after each, instead of one while all is silent, and at
    the end."""

    begin: bytes
    before: bytes
    after: bytes
    silence: bytes
    end: bytes


# A part is read when the boundary behind it has come, so each ends with the next one's beginning.
_PART: Final = b"\r\ncontent-type: application/json\r\n\r\n"
_FRAMING: Final = {
    StreamForm.EVENTS: _Framing(b":\n\n", b"event: next\ndata: ", b"\n\n", b":\n\n", b"event: complete\ndata: \n\n"),
    StreamForm.PARTS: _Framing(
        b"\r\n--graphql", _PART + b'{"payload":', b"}\r\n--graphql", _PART + b"{}\r\n--graphql", b"--\r\n"
    ),
}


class _Slow(Exception):
    """The client does not take what it is sent; its connection is dropped."""


class Streams:
    """The subscriptions that run over HTTP in this process."""

    def __init__(self, executions: Executions, bounds: Bounds) -> None:
        self._executions = executions
        self._bounds = bounds
        self._open: set[asyncio.Task[None]] = set()

    @property
    def open(self) -> int:
        """How many there are."""
        return len(self._open)

    async def subscribe(self, prepared: Prepared, form: StreamForm, receive: Receive, send: Send) -> None:
        """Answers until the source ends, the client leaves or this process stops."""
        await self._respond(self._executions.stream(prepared), form, receive, send)

    async def tell(self, answer: Answer, form: StreamForm, receive: Receive, send: Send) -> None:
        """One answer, for a client that takes streams only."""
        await self._respond(_once(answer), form, receive, send)

    async def close(self) -> None:
        """Ends all streams; clients take it for a lost connection."""
        for task in tuple(self._open):
            task.cancel()
        if self._open:
            await asyncio.wait(tuple(self._open), timeout=self._bounds.drain_time)

    async def _respond(
        self, answers: AsyncGenerator[Answer, None], form: StreamForm, receive: Receive, send: Send
    ) -> None:
        head = {"content-type": form.value, "cache-control": "no-store", "vary": "Accept", "x-accel-buffering": "no"}
        raw = [(name.encode(), value.encode()) for name, value in head.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})

        async def write(data: bytes) -> None:
            try:
                async with asyncio.timeout(self._bounds.send_time):
                    await send({"type": "http.response.body", "body": data, "more_body": True})
            except TimeoutError:
                raise _Slow from None

        work = asyncio.create_task(self._pour(answers, _FRAMING[form], write))
        leaving = asyncio.create_task(_left(receive))
        self._open.add(work)
        try:
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(work)
            for task in (work, leaving):
                task.cancel()
            await asyncio.wait({work, leaving})
        if work.cancelled() or work.exception() is None:
            with suppress(OSError):
                await send({"type": "http.response.body", "body": b""})

    async def _pour(self, answers: AsyncGenerator[Answer, None], framing: _Framing, write: Write) -> None:
        await write(framing.begin)
        async with aclosing(answers), aclosing(self._patiently(answers, framing, write)) as all_of_them:
            try:
                async for answer in all_of_them:
                    await write(framing.before + answer.body + framing.after)
            except _Slow:
                raise
            except Exception as error:
                await write(framing.before + reject(error).body + framing.after)
        await write(framing.end)

    async def _patiently(
        self, answers: AsyncGenerator[Answer, None], framing: _Framing, write: Write
    ) -> AsyncGenerator[Answer, None]:
        """The answers; while there is none, proxies see that the connection lives."""
        while True:
            upcoming = asyncio.ensure_future(anext(answers, None))
            try:
                while not (await asyncio.wait({upcoming}, timeout=self._bounds.ping_every))[0]:
                    await write(framing.silence)
                answer = await upcoming
            finally:
                upcoming.cancel()
                await asyncio.wait({upcoming})
            if answer is None:
                return
            yield answer


async def _once(answer: Answer) -> AsyncGenerator[Answer, None]:
    yield answer


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
