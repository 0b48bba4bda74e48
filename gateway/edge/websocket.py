"""WebSocket: the protocol graphql-transport-ws, as its document says, for all kinds of operation.

The socket is closed with
  1001  this process stops: subscribe again, with the last cursor
  1009  a message was too large
  1011  the connection failed on our side; it is logged
  1013  what we need to know the client does not answer; try again
  4400  a message that is none of the protocol's, or has a value of the wrong type
  4401  subscribe before connection_ack
  4403  connection_init was refused, or its token has ended; the reason names the code of the error
  4406  the subprotocol is not graphql-transport-ws
  4408  connection_init did not come in time
  4409  an id that is still in use
  4429  connection_init twice
and with two codes of our own:
  4504  no message came after our ping
  4508  the client does not take its messages

An operation that fails gets `error` under its own id, and nothing else suffers. No answer waits in memory: a source is
asked for its next event when the one before was sent, so a slow client makes its feed keep the newest state per key.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing, suppress
from typing import Any, Final, cast

import orjson
from graphql import OperationType
from starlette.types import Message, Receive, Scope, Send

from gateway.edge.errors import Rejected, request_error
from gateway.edge.execution import Answer, Executions, Request, read_request, reject
from gateway.edge.frames import Close, Frame, as_headers, read_id
from gateway.edge.http import read_headers
from gateway.edge.members import Push
from gateway.edge.settings import Bounds
from modules.kernel.errors import CogwerkError, Unavailable

Action = Callable[[Frame], Coroutine[Any, Any, None]]

PROTOCOL: Final = "graphql-transport-ws"
_CLOSE_TIME: Final = 2.0
_log: Final = logging.getLogger(__name__)


class GraphWebSocket:
    """The endpoint, and the sockets that are open on it.

    `origins` are the web origins that may connect; the endpoint's own may always, and so may programs, which send none.
    """

    def __init__(self, executions: Executions, bounds: Bounds, origins: tuple[str, ...], pattern: str | None) -> None:
        self._executions = executions
        self._bounds = bounds
        self._origins = frozenset(origins)
        self._pattern = re.compile(pattern) if pattern else None
        self._open: set[_Socket] = set()

    @property
    def open(self) -> int:
        """How many sockets there are."""
        return len(self._open)

    @property
    def operations(self) -> int:
        """How many operations run on all sockets."""
        return sum(len(socket._operations) for socket in self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, from handshake to close."""
        headers = read_headers(scope)
        await receive()
        if not self._may_connect(headers):
            await send({"type": "websocket.close", "code": 4403})
            return
        if PROTOCOL not in scope.get("subprotocols", ()):
            # The code can be read only on a socket that was accepted.
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4406, "reason": "Subprotocol not acceptable"})
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        socket = _Socket(self._executions, self._bounds, headers, receive, send)
        self._open.add(socket)
        try:
            await socket.run()
        finally:
            self._open.discard(socket)
            socket.gone.set()

    async def close(self) -> None:
        """Lets running queries and mutations finish, within the bounds, and closes all sockets with 1001.

        Subscriptions get no `complete`: clients take that for the end and would not subscribe again.
        """
        await asyncio.gather(*(socket.leave() for socket in tuple(self._open)))

    def _may_connect(self, headers: Mapping[str, str]) -> bool:
        origin = headers.get("origin")
        if origin is None or origin in self._origins or origin.partition("://")[2] == headers.get("host"):
            return True
        return self._pattern is not None and self._pattern.fullmatch(origin) is not None


class _Socket:
    """One connection. A task reads; each operation is a task of its own; whoever finds a reason ends the socket."""

    def __init__(
        self, executions: Executions, bounds: Bounds, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        self._executions = executions
        self._bounds = bounds
        self._headers = dict(headers)
        self._receive = receive
        self._transmit = send
        self._sending = asyncio.Lock()
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._short: set[asyncio.Task[None]] = set()
        """Those of the tasks that run a query or mutation."""
        self.gone = asyncio.Event()
        """Set when nothing more is sent."""
        self._acknowledged = False
        self._ending: asyncio.TimerHandle | None = None
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        self._end: asyncio.Future[Close] = loop.create_future()
        self._actions: Mapping[str, Action] = {
            "connection_init": self._on_init,
            "subscribe": self._on_subscribe,
            "complete": self._on_complete,
            "ping": self._on_ping,
            "pong": self._on_pong,
        }

    async def run(self) -> None:
        """Until either side ends it."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._bounds.init_time, self._init_is_late)
        self._start(self._read())
        self._start(self._keep_alive())
        try:
            end = await self._end
        finally:
            timer.cancel()
            if self._ending is not None:
                self._ending.cancel()
            await self._stop_tasks()
        await self._say_goodbye(end)

    async def leave(self) -> None:
        """See `GraphWebSocket.close`."""
        if self._short:
            await asyncio.wait(self._short, timeout=self._bounds.drain_time)
        self._finish(Close(1001, "Going away"))
        # Whoever stops the server next would close the socket with a code of its own.
        with suppress(TimeoutError):
            await asyncio.wait_for(self.gone.wait(), 2 * _CLOSE_TIME)

    def _finish(self, end: Close) -> None:
        if not self._end.done():
            self._end.set_result(end)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _stop_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=_CLOSE_TIME)

    async def _say_goodbye(self, end: Close) -> None:
        if end.code is None:
            return
        try:
            async with asyncio.timeout(_CLOSE_TIME):
                await self._transmit({"type": "websocket.close", "code": end.code, "reason": end.reason})
        except (OSError, RuntimeError, TimeoutError):
            # A client that reads nothing cannot be told; the server drops the connection after this.
            return

    def _init_is_late(self) -> None:
        if not self._acknowledged:
            self._finish(Close(4408, "Connection initialisation timeout"))

    def _token_ends(self) -> None:
        self._finish(Close(4403, "Forbidden: UNAUTHENTICATED: the token has ended; connect with another"))

    async def _read(self) -> None:
        try:
            while True:
                message = await self._receive()
                if message["type"] == "websocket.disconnect":
                    raise Close
                self._heard = asyncio.get_running_loop().time()
                frame = self._parse(message)
                await self._action(frame)(frame)
        except Close as end:
            self._finish(end)
        except Exception:
            _log.exception("a socket failed")
            self._finish(Close(1011, "Internal error"))

    def _parse(self, message: Message) -> Frame:
        text = message.get("text")
        if text is None:
            raise Close(4400, "Messages are text")
        if len(text) > self._bounds.message_bytes:
            raise Close(1009, f"Messages have at most {self._bounds.message_bytes} bytes")
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise Close(4400, "A message is not JSON") from None
        if not isinstance(frame, dict):
            raise Close(4400, "A message is a JSON object")
        return frame

    def _action(self, frame: Frame) -> Action:
        kind = frame.get("type")
        action = self._actions.get(kind) if isinstance(kind, str) else None
        if action is None:
            raise Close(4400, "A message has no type that a client may send")
        if kind != "subscribe" and not isinstance(frame.get("payload"), dict | None):
            raise Close(4400, "A payload is an object")
        return action

    async def _on_init(self, frame: Frame) -> None:
        if self._acknowledged:
            raise Close(4429, "Too many initialisation requests")
        self._headers.update(as_headers(frame.get("payload") or {}))
        try:
            async with asyncio.timeout(self._bounds.request_time):
                until = await self._executions.welcome(self._headers)
        except (Unavailable, TimeoutError) as error:
            raise Close(1013, "Try again later") from error
        except CogwerkError as error:
            raise Close(4403, f"Forbidden: {error.code}: {error.message}") from error
        self._acknowledged = True
        if until is not None:
            left = max(0.0, until.timestamp() - time.time())
            self._ending = asyncio.get_running_loop().call_later(left, self._token_ends)
        await self._send(b'{"type":"connection_ack"}')

    async def _on_ping(self, frame: Frame) -> None:
        payload = frame.get("payload")
        answer = {"type": "pong"} if payload is None else {"type": "pong", "payload": payload}
        try:
            data = orjson.dumps(answer)
        except orjson.JSONEncodeError:
            raise Close(4400, "A payload is nested too deeply") from None
        await self._send(data)

    async def _on_pong(self, frame: Frame) -> None:
        """That it was heard is all it says."""

    async def _on_subscribe(self, frame: Frame) -> None:
        name = read_id(frame)
        if not self._acknowledged:
            raise Close(4401, "Unauthorized")
        try:
            request = read_request(frame.get("payload"))
        except Rejected as error:
            raise Close(4400, str(error)) from error
        if name in self._operations:
            raise Close(4409, f"Subscriber for {name[:60]} already exists")
        if len(self._operations) >= self._bounds.operations:
            most = f"At most {self._bounds.operations} operations run at once on a socket."
            await self._send_error(name, reject(request_error(most, "TOO_MANY_OPERATIONS")))
            return
        self._operations[name] = self._start(self._operate(name, request))

    async def _on_complete(self, frame: Frame) -> None:
        task = self._operations.pop(read_id(frame), None)
        if task is not None:
            task.cancel()

    async def _operate(self, name: str, request: Request) -> None:
        try:
            rejected = await self._answer_all(name, request)
        except Close as end:
            self._finish(end)
            return
        except Exception as error:
            rejected = reject(error)
        if self._operations.get(name) is not asyncio.current_task():
            return
        # Given free before the client hears of it, as it may use the id again at once.
        del self._operations[name]
        try:
            if rejected is None:
                await self._send(b'{"id":' + orjson.dumps(name) + b',"type":"complete"}')
            else:
                await self._send_error(name, rejected)
        except Close as end:
            self._finish(end)

    async def _answer_all(self, name: str, request: Request) -> Answer | None:
        """Sends `next` for each answer. Returns the one that is an error, if there is one."""
        head = b'{"id":' + orjson.dumps(name) + b',"type":"next","payload":'
        task = asyncio.current_task()

        def push(body: bytes) -> bool:
            # Not when the operation was completed: the client may use its id for another by now.
            return self._operations.get(name) is task and self._send_at_once(head + body + b"}")

        async with aclosing(self._answers(request, push)) as answers:
            async for answer in answers:
                if answer.rejected is not None:
                    return answer
                await self._send(head + answer.body + b"}")
        return None

    async def _answers(self, request: Request, push: Push) -> AsyncGenerator[Answer, None]:
        """One, for a query or mutation; for a subscription as many as the source has, but for those that are pushed."""
        async with asyncio.timeout(self._bounds.request_time):
            prepared = await self._executions.prepare(request, self._headers)
            answer = None
            if prepared.kind is not OperationType.SUBSCRIPTION:
                self._mark_short()
                answer = await self._executions.execute(prepared)
        if answer is not None:
            yield answer
            return
        async with aclosing(self._executions.stream(prepared, push)) as answers:
            async for answer in answers:
                yield answer

    def _mark_short(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._short.add(task)
        task.add_done_callback(self._short.discard)

    async def _send_error(self, name: str, answer: Answer) -> None:
        assert answer.rejected is not None
        await self._send(b'{"id":' + orjson.dumps(name) + b',"type":"error","payload":' + answer.rejected + b"}")

    async def _send(self, data: bytes) -> None:
        """Raises Close when the client is gone or does not take the message in time."""
        try:
            async with asyncio.timeout(self._bounds.send_time), self._sending:
                await self._transmit({"type": "websocket.send", "text": data.decode()})
        except TimeoutError:
            raise Close(4508, "Slow consumer") from None
        except (OSError, RuntimeError) as error:
            raise Close from error

    def _send_at_once(self, data: bytes) -> bool:
        """Sends without a task's turn; False, and nothing is sent, when the client does not take it now.

        uvicorn waits for a client before it takes a message, and never in its middle: what waits has sent nothing.
        """
        if self._sending.locked() or self._end.done():
            return False
        sending = self._transmit({"type": "websocket.send", "text": data.decode()})
        try:
            cast("Coroutine[Any, Any, None]", sending).send(None)
        except StopIteration:
            return True
        except (OSError, RuntimeError):
            self._finish(Close())
            return False
        cast("Coroutine[Any, Any, None]", sending).close()
        return False

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                await asyncio.sleep(self._bounds.ping_every)
                if loop.time() - self._heard < self._bounds.ping_every:
                    continue
                heard = self._heard
                await self._send(b'{"type":"ping"}')
                await asyncio.sleep(self._bounds.pong_time)
                if self._heard == heard:
                    raise Close(4504, "No pong")
        except Close as end:
            self._finish(end)
