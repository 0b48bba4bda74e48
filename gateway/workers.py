"""Several processes on one socket: who dies is replaced, and all can be replaced one by one without losing a request.

The overseer holds the listening socket, and what waits at it waits for whichever worker is free. A worker says on its
link that it can take requests, and again every second that it is well; when the link ends it stops as if told to, and
is ended where it does not, whatever it was about.
"""

from __future__ import annotations

import asyncio
import logging
import mmap
import os
import select
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, Self

_LOG = logging.getLogger(__name__)
_START_SECONDS: Final = 120.0
"""The first one may have a database to bring up to date."""
_SILENCE_SECONDS: Final = 60.0
"""A worker that has said nothing for so long serves nobody."""
_STOP_SECONDS: Final = 40.0
_BEAT_SECONDS: Final = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_BEAT: Final = b"."
_UNUSABLE: Final = 2


class Board:
    """How many connections each worker has, in memory that all of them share."""

    def __init__(self, file: int, seats: int) -> None:
        self.file = file
        self._counts = memoryview(mmap.mmap(file, seats * _COUNT_BYTES)).cast("I")

    @classmethod
    def make(cls, seats: int) -> Self:
        """A board on which nobody stands yet."""
        with tempfile.TemporaryFile() as file:
            file.truncate(seats * _COUNT_BYTES)
            board = cls(os.dup(file.fileno()), seats)
        for seat in range(seats):
            board.note(seat, NOBODY)
        return board

    def note(self, seat: int, count: int) -> None:
        """So many are there now; NOBODY where no worker is."""
        self._counts[seat] = count

    def is_ahead(self, seat: int) -> bool:
        """Whether it has clearly more than some other."""
        return self._counts[seat] > min(self._counts) + _SLACK


NOBODY: Final = 2**32 - 1
_COUNT_BYTES: Final = 4
_SLACK: Final = 4


class NotReady(Exception):
    """A worker ended, or was ended, before it could take requests; `code` is its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"A worker ended with {code} before it was ready.")
        self.code = code


class Worker:
    """One process, as the overseer sees it."""

    def __init__(
        self, process: asyncio.subprocess.Process, beats: asyncio.StreamReader, link: asyncio.StreamWriter
    ) -> None:
        self.pid = process.pid
        self._process = process
        self._beats = beats
        self._link = link

    @classmethod
    async def start(cls, command: Sequence[str], inherited: Sequence[int], seat: str, environ: dict[str, str]) -> Self:
        """Starts it, in a session of its own: Ctrl-C reaches the overseer alone."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *command,
                "--worker",
                ",".join(map(str, (theirs.fileno(), *inherited, seat))),
                env=environ,
                pass_fds=[theirs.fileno(), *inherited],
                start_new_session=True,
            )
        beats, link = await asyncio.open_connection(sock=ours)
        return cls(process, beats, link)

    async def ready(self) -> None:
        """Returns when it takes requests. Raises NotReady, and it has ended."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                if await self._beats.read(1):
                    return
                # It has ended by itself: whoever sends it a signal now may take its exit code from who waits for it.
                raise NotReady(await self._wait())
        except TimeoutError:
            _LOG.error("worker %d did not become ready within %.0f s", self.pid, _START_SECONDS)
        raise NotReady(await self.stop())

    async def ended(self) -> int:
        """Its exit code, when it has ended; one that falls silent is ended."""
        with suppress(TimeoutError, OSError):
            while True:
                async with asyncio.timeout(_SILENCE_SECONDS):
                    if not await self._beats.read(64):
                        return await self._wait()
        if self._process.returncode is None:
            _LOG.error("worker %d has said nothing for %.0f s and is ended", self.pid, _SILENCE_SECONDS)
            self.kill()
        return await self._wait()

    async def stop(self) -> int:
        """Lets it finish what is under way; its exit code."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                return await self._wait()
        except TimeoutError:
            self.kill()
        return await self._wait()

    async def _wait(self) -> int:
        code = await self._process.wait()
        self._link.close()
        return code

    def leave(self) -> None:
        """Has it say that it is not ready, and serve on."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGUSR1)

    def kill(self) -> None:
        """Ends it at once."""
        with suppress(ProcessLookupError):
            self._process.kill()


class Overseer:
    """So many workers on one socket. SIGINT and SIGTERM stop them, SIGHUP replaces them one by one."""

    def __init__(
        self,
        command: Sequence[str],
        listener: socket.socket,
        count: int,
        environ: dict[str, str],
        drain_seconds: float = 0,
    ) -> None:
        self._command, self._environ = command, environ
        self._drain_seconds = drain_seconds
        self._listener = listener
        self._count = count
        self._board = Board.make(count)
        self._workers: list[Worker] = []
        self._alive: set[Worker] = set()
        """Those in their seats, those that are not ready yet, and those that finish what is under way."""
        self._stopping, self._hurry = asyncio.Event(), asyncio.Event()
        self._renewing = asyncio.Event()

    async def run(self, announce: Callable[[], None]) -> int:
        """Oversees until it is told to stop; `announce` is called when all take requests. Answers the exit code."""
        self._listen_to_signals()
        jobs: list[asyncio.Task[None]] = []
        try:
            if await self._unless_stopped(self._open()):
                announce()
                jobs = [asyncio.create_task(self._keep(seat)) for seat in range(self._count)]
                jobs.append(asyncio.create_task(self._renew_when_told()))
                await self._stopping.wait()
                await _end(jobs)
            await self._drain()
            return 0
        except NotReady as failure:
            return failure.code or _UNUSABLE
        finally:
            await _end(jobs)
            # The last copy of the socket goes with the last worker: whoever comes now is refused, not left waiting.
            self._listener.close()
            await asyncio.gather(*map(self._let_go, list(self._alive)))

    async def _drain(self) -> None:
        """All workers serve on, and say that they leave."""
        if not (self._workers and self._drain_seconds) or self._hurry.is_set():
            return
        for worker in self._alive:
            worker.leave()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drain_seconds):
                await self._hurry.wait()

    async def _open(self) -> None:
        # The first makes what is missing, the others find it made.
        self._workers.append(await self._hire(0))
        self._workers += await asyncio.gather(*map(self._hire, range(1, self._count)))

    async def _hire(self, seat: int) -> Worker:
        inherited = (self._listener.fileno(), self._board.file)
        worker = await Worker.start(self._command, inherited, f"{seat}/{self._count}", self._environ)
        self._alive.add(worker)
        await worker.ready()
        _LOG.info("worker %d is ready", worker.pid)
        return worker

    async def _let_go(self, worker: Worker) -> None:
        await worker.stop()
        self._alive.discard(worker)

    async def _keep(self, seat: int) -> None:
        """Keeps a worker in this seat, until it is cancelled."""
        pause, clock = _FIRST_PAUSE, asyncio.get_running_loop().time
        while True:
            worker, since = self._workers[seat], clock()
            code = await worker.ended()
            self._alive.discard(worker)
            if worker is not self._workers[seat]:
                continue
            _LOG.error("worker %d ended with %d and is replaced", worker.pid, code)
            self._board.note(seat, NOBODY)
            pause = _FIRST_PAUSE if clock() - since > _LONGEST_PAUSE else min(pause * 2, _LONGEST_PAUSE)
            await asyncio.sleep(pause)
            with suppress(NotReady):
                fresh = await self._hire(seat)
                if worker is self._workers[seat]:
                    self._workers[seat] = fresh
                else:  # it was replaced in its turn meanwhile
                    await self._let_go(fresh)

    async def _renew_when_told(self) -> None:
        while True:
            await self._renewing.wait()
            self._renewing.clear()
            try:
                for seat in range(self._count):
                    fresh = await self._hire(seat)
                    before, self._workers[seat] = self._workers[seat], fresh
                    await self._let_go(before)
                _LOG.info("all %d workers are replaced", self._count)
            except NotReady as failure:
                _LOG.error("%s The others stay as they are.", failure)

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether the work was done before the stop was asked for; raises what it raises."""
        doing = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not doing.done():
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
            return False
        doing.result()
        return True

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number)
        loop.add_signal_handler(signal.SIGHUP, self._renewing.set)

    def _stop(self, number: int) -> None:
        if self._stopping.is_set():
            for worker in self._alive:
                worker.kill()
        if self._stopping.is_set() or number == signal.SIGINT:
            self._hurry.set()
        self._stopping.set()


async def _end(jobs: Sequence[asyncio.Task[None]]) -> None:
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)


class Employed:
    """A worker's own side: the socket it takes requests from, the link it reports on, and its place on the board."""

    def __init__(self, given: str) -> None:
        link, listener, board, seat = given.split(",")
        number, _, seats = seat.partition("/")
        self.listener, self._link = socket.socket(fileno=int(listener)), socket.socket(fileno=int(link))
        for inherited in (int(link), int(listener), int(board)):
            os.set_inheritable(inherited, False)
        self._board, self._seat = Board(int(board), int(seats)), int(number)
        self._link.setblocking(False)
        threading.Thread(target=self._end_with_overseer, name="link", daemon=True).start()

    def is_ahead(self, connections: int) -> bool:
        """Whether others have fewer; notes how many are here."""
        self._board.note(self._seat, connections)
        return self._board.is_ahead(self._seat)

    def report(self) -> None:
        """Says that it takes requests, now and every second."""
        with suppress(OSError):  # the overseer is busy, or gone
            self._link.send(_BEAT)
        asyncio.get_running_loop().call_later(_BEAT_SECONDS, self.report)

    def _end_with_overseer(self) -> None:
        """A thread: the loop may not run yet, be held, or have ended while something is still being closed."""
        select.select([self._link], [], [])  # nothing is ever said on it: it can be read when it has ended
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_STOP_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)


def own_command() -> list[str]:
    """How this process was started."""
    return [sys.executable, *sys.orig_argv[1:]]
