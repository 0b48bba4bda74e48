"""The overseer, with workers of a few lines: who is replaced, when, and who is not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.server import bind
from gateway.workers import Overseer
from tests.gateway_process import ROOT
from tests.ties import tie

_WORKER = """
import os, pathlib, signal, socket, sys, time
room = pathlib.Path(sys.argv[1])
if (room / "broken").exists():
    sys.exit(3)
link = socket.socket(fileno=int(sys.argv[-1].split(",")[0]))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
(room / str(os.getpid())).touch()
while True:
    if not (room / "silent").exists():
        link.send(b".")
    time.sleep(0.05)
"""


_EMPLOYED = """
import asyncio, pathlib, signal, sys, time
from gateway import workers
workers._STOP_SECONDS = 1.0
here = workers.Employed(sys.argv[-1])
(pathlib.Path(sys.argv[1]) / str(workers.os.getpid())).touch()
match sys.argv[2]:
    case "starting":
        time.sleep(600)
    case "serving":
        async def serve():
            here.report()
            await asyncio.sleep(600)
        asyncio.run(serve())
    case "draining":
        signal.signal(signal.SIGTERM, lambda *_: None)
        async def drain():
            here.report()
            while True:
                time.sleep(600)
        asyncio.run(drain())
"""
"""In one of the states that a worker may be in, with nothing that looks after its link but the thread."""

_OVERSEER = """
import asyncio, os, sys
from gateway.server import bind
from gateway.workers import Overseer
listener = bind("127.0.0.1", 0)
listener.listen(1)
asyncio.run(Overseer([sys.executable, "-c", *sys.argv[1:]], listener, 2, dict(os.environ)).run(lambda: None))
"""


class Room:
    """Where workers sign, and find what is asked of them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def signed(self) -> set[int]:
        """Who has ever been ready."""
        return {int(path.name) for path in self.path.iterdir() if path.name.isdigit()}

    def alive(self) -> set[int]:
        """Who still runs."""
        return {pid for pid in self.signed() if is_alive(pid)}

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns when it holds; raises TimeoutError."""
        async with asyncio.timeout(30):
            while not holds():  # noqa: ASYNC110 - processes tell nobody
                await asyncio.sleep(0.02)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Empty."""
    return Room(tmp_path)


@asynccontextmanager
async def overseen(room: Room, count: int = 2) -> AsyncIterator[set[int]]:
    """An overseer at work; its first workers. All have gone at the end."""
    listener = bind("127.0.0.1", 0)
    listener.listen(1)
    overseer = Overseer([sys.executable, "-c", _WORKER, str(room.path)], listener, count, dict(os.environ))
    announced = asyncio.Event()
    running = asyncio.create_task(overseer.run(announced.set))
    async with asyncio.timeout(30):
        await announced.wait()
    yield room.signed()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == 0
    assert not room.alive()


async def test_it_is_ready_when_all_are_and_none_outlives_it(room: Room) -> None:
    async with overseen(room, 3) as first:
        assert len(first) == 3
        assert room.alive() == first


async def test_who_dies_is_replaced(room: Room) -> None:
    async with overseen(room) as first:
        victim = min(first)
        os.kill(victim, signal.SIGKILL)
        await room.until(lambda: len(room.signed()) == 3 and victim not in room.alive())
        assert first - {victim} < room.alive()


async def test_who_falls_silent_is_ended_and_replaced(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.workers._SILENCE_SECONDS", 1.0)
    async with overseen(room) as first:
        (room.path / "silent").touch()
        await room.until(lambda: not first & room.alive())
        (room.path / "silent").unlink()
        await room.until(lambda: len(room.alive()) == 2)


async def test_all_are_replaced_when_it_is_told_and_each_successor_is_ready_first(room: Room) -> None:
    async with overseen(room) as first:
        os.kill(os.getpid(), signal.SIGHUP)
        while first & room.alive():
            assert len(room.alive()) >= 2
            await asyncio.sleep(0.01)
        assert len(room.alive()) == 2


async def test_successors_that_do_not_start_leave_all_as_they_are(room: Room) -> None:
    async with overseen(room) as first:
        (room.path / "broken").touch()
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(1)
        assert room.alive() == first
        (room.path / "broken").unlink()
        os.kill(os.getpid(), signal.SIGHUP)
        await room.until(lambda: not first & room.alive())


async def test_workers_that_never_start_end_it_with_their_exit_code(room: Room) -> None:
    (room.path / "broken").touch()
    listener = bind("127.0.0.1", 0)
    overseer = Overseer([sys.executable, "-c", _WORKER, str(room.path)], listener, 2, dict(os.environ))
    async with asyncio.timeout(30):
        assert await overseer.run(lambda: None) == 3


@pytest.mark.parametrize(("state", "count"), [("starting", 1), ("serving", 2), ("draining", 2)])
async def test_no_worker_outlives_an_overseer_that_is_killed_whatever_it_is_about(
    room: Room, state: str, count: int
) -> None:
    overseer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _OVERSEER, _EMPLOYED, str(room.path), state), cwd=ROOT, preexec_fn=tie()
    )
    await room.until(lambda: len(room.signed()) == count)
    overseer.kill()
    await overseer.wait()
    await room.until(lambda: not room.alive())


def is_alive(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return not state.stdout.startswith("Z")
