"""The embedded Redis-compatible server: a private child on a unix socket, durable, owned by one gateway.

Two locks keep its files: `owner.lock` is held by the gateway, `server.lock` by the child too, so it outlives a
gateway that was killed. Whoever finds the first free and the second taken has met an orphan, and waits for its end.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from modules.runtime.misconfigured import Misconfigured
from modules.runtime.programs import Program, choose_program

_LOG = logging.getLogger(__name__)
_PR_SET_PDEATHSIG = 1
_SOCKET_BYTES = 100
"""The operating system ends the path of a unix socket at 107 bytes, or 103."""

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_ORPHAN_SECONDS = 3.0
_DYING_SECONDS = 1.0
_LOOK_SECONDS = 0.05
_RECORD = "program.json"
_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory-policy": "noeviction",
}


def suitable_program(directory: Path, program: Program | None = None) -> Program:
    """The program that will serve this directory. Raises Misconfigured when none can, or not with these files."""
    chosen = program or choose_program()
    writer = Program.recorded(directory / _RECORD)
    if writer is not None and not chosen.reads(writer):
        raise Misconfigured(
            "REDIS_URL",
            f"is not set, and {chosen} ({chosen.path}) cannot read {directory}, which was written"
            f" by {writer} ({writer.path}). Use that program again or a newer one, or set it to a server.",
        )
    return chosen


def running_url(directory: Path) -> str | None:
    """Where the server over this directory answers, whoever owns it; None when none does."""
    path = Owner.of(directory).socket
    return f"unix://{path}" if _facts(path) else None


class DataDirectoryInUse(Misconfigured):
    """Another process owns this data directory; `pid` is its number."""

    def __init__(self, directory: Path, pid: int) -> None:
        super().__init__("COGWERK_DATA", f"{directory} is in use by process {pid}: stop it, or name another directory.")
        self.pid = pid


class EmbeddedServer:
    """One server over one data directory: `async with EmbeddedServer(directory) as url`.

    Within the block a server that dies is started again. Entering raises DataDirectoryInUse, or Misconfigured when
    no program is there or an older one would have to read the files. Start it from the main thread: on Linux the
    child ends with the thread that made it.
    """

    def __init__(self, directory: Path, program: Program | None = None) -> None:
        self.directory = directory.absolute()
        self.program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._locks: list[IO[str]] = []
        self._socket = self.directory / "redis.sock"
        self._short: str | None = None

    async def __aenter__(self) -> str:
        await self.start()
        self._watch = asyncio.create_task(self.supervise())
        return self.url

    async def __aexit__(self, *_: object) -> None:
        self._watch.cancel()
        with suppress(asyncio.CancelledError):
            await self._watch
        await self.stop()

    @property
    def url(self) -> str:
        """For `Redis(url)`; it stays the same over restarts."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The child, while there is one."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Takes the data directory and returns when the child answers and has loaded its files."""
        try:
            await asyncio.to_thread(self.prepare)
            self.launch()
            await asyncio.to_thread(self.await_ready)
        except BaseException:
            await asyncio.to_thread(self.halt)
            raise

    async def stop(self) -> None:
        """Ends the child in good order and gives the data directory free."""
        await asyncio.to_thread(self.halt)

    async def supervise(self) -> None:
        """Restarts a child that has died, sooner after a long life than after a short one, until it is cancelled."""
        pause, born = 0.05, time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._process is not None and self._process.poll() is None:
                continue
            pause = 0.05 if time.monotonic() - born > _START_SECONDS else min(pause * 2, 5.0)
            _LOG.error("The embedded server has ended; it is started again.")
            await asyncio.sleep(pause)
            born = time.monotonic()
            try:
                self.launch()
                await asyncio.to_thread(self.await_ready)
            except (OSError, Misconfigured) as error:
                _LOG.error("The embedded server does not start: %s", error)

    def prepare(self) -> None:
        """Chooses the program and takes both locks; blocks while an orphan ends."""
        self.directory.mkdir(parents=True, exist_ok=True)
        # A gateway that was just killed holds its lock until the kernel has taken it down.
        until = time.monotonic() + _DYING_SECONDS
        while not self._take("owner.lock"):
            if time.monotonic() > until:
                raise DataDirectoryInUse(self.directory, Owner.of(self.directory).pid)
            time.sleep(_LOOK_SECONDS)
        owner = Owner.of(self.directory)
        self._take_from_orphan(owner)
        self.program = suitable_program(self.directory, self.program)
        self.program.record(self.directory / _RECORD)
        if len(os.fsencode(self._socket)) > _SOCKET_BYTES:
            self._short = tempfile.mkdtemp(prefix="cogwerk-")
            self._socket = Path(self._short) / "redis.sock"
        Owner(os.getpid(), self._socket).record(self.directory)

    def launch(self) -> None:
        """Starts the child in a session of its own, so that Ctrl-C reaches the gateway first."""
        assert self.program is not None
        settings = {**_SETTINGS, "unixsocket": str(self._socket), "dir": str(self.directory)}
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        tied = sys.platform == "linux" and threading.current_thread() is threading.main_thread()
        with (self.directory / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                [self.program.path, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[lock.fileno() for lock in self._locks[1:]],
                preexec_fn=die_with_parent() if tied else None,
            )
        self._end_watchdog()
        if not tied:
            self._watchdog = watchdog(self._process.pid)

    def await_ready(self) -> None:
        """Blocks until the server that answers is the child just started, with its files loaded."""
        assert self._process is not None
        started = time.monotonic()
        while (code := self._process.poll()) is None:
            facts = _facts(self._socket)
            if facts.get("process_id") == str(self._process.pid):
                if facts.get("loading") == "0":
                    return
            elif time.monotonic() - started > _START_SECONDS:
                raise Misconfigured("REDIS_URL", f"is not set, and {self.program} does not answer at {self._socket}.")
            time.sleep(0.01)
        said = (self.directory / "server.log").read_text(errors="replace").strip().splitlines()[-3:]
        raise Misconfigured("REDIS_URL", f"is not set, and {self.program} ended with {code}: {' / '.join(said)}")

    def halt(self) -> None:
        """Ends the child, at last by force, and gives the locks back."""
        self._end_watchdog()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        while self._locks:
            self._locks.pop().close()
        if self._short is not None:
            shutil.rmtree(self._short, ignore_errors=True)

    def _take(self, name: str) -> bool:
        lock = (self.directory / name).open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._locks.append(lock)
        return True

    def _take_from_orphan(self, owner: Owner) -> None:
        """Takes the server's lock; its holder's gateway is dead, so it is ending or has to be told to."""
        started = time.monotonic()
        told = False
        while not self._take("server.lock"):
            waited = time.monotonic() - started
            if waited > _STOP_SECONDS:
                raise DataDirectoryInUse(self.directory, int(_facts(owner.socket).get("process_id", owner.pid)))
            if waited > _ORPHAN_SECONDS and not told:
                told = True
                _LOG.warning("A server of a gateway that is gone still runs over %s; it is stopped.", self.directory)
                _ask(owner.socket, b"SHUTDOWN\r\n")
            time.sleep(_LOOK_SECONDS)

    def _end_watchdog(self) -> None:
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.communicate()
            self._watchdog = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Who took a data directory last, and where its server answers."""

    pid: int
    socket: Path

    @classmethod
    def of(cls, directory: Path) -> Self:
        """Process 0 when nobody has."""
        try:
            pid, path = json.loads((directory / "owner.json").read_text())
            return cls(int(pid), Path(path))
        except (OSError, ValueError, TypeError):
            return cls(0, directory / "redis.sock")

    def record(self, directory: Path) -> None:
        """Writes it down for the next one."""
        (directory / "owner.json").write_text(json.dumps([self.pid, str(self.socket)]))


def die_with_parent() -> Callable[[], None]:
    """For `preexec_fn` on Linux: the child asks to be sent SIGTERM when the thread that makes it has ended."""
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the gateway died before it was asked
            os._exit(1)

    return ask


def watchdog(pid: int) -> subprocess.Popen[bytes]:
    """Ends a process when this one has gone, where the kernel does not: its pipe breaks with this one."""
    return subprocess.Popen(
        ["/bin/sh", "-c", 'read -r _; kill -TERM "$0"', str(pid)], stdin=subprocess.PIPE, start_new_session=True
    )


def _facts(path: Path) -> dict[str, str]:
    """INFO of whoever answers at the socket; empty when nobody does."""
    lines = _ask(path, b"INFO\r\n").decode(errors="replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _ask(path: Path, command: bytes) -> bytes:
    """The first part of the answer, which for INFO is all of it; empty when nobody answers."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as link:
        link.settimeout(1.0)
        link.connect(str(path))
        link.sendall(command)
        answer = link.recv(65536)
        head, _, body = answer.partition(b"\r\n")
        while head.startswith(b"$") and len(body) < int(head[1:]):
            part = link.recv(65536)
            if not part:
                break
            body += part
        return body
    return b""
