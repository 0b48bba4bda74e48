"""The embedded server: durable, owned by one, restarted when it dies, gone with its gateway."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from modules.runtime.embedded import DataDirectoryInUse, EmbeddedServer
from modules.runtime.misconfigured import Misconfigured
from modules.runtime.programs import OLDEST, Program
from modules.runtime.redis import Redis
from tests.runtime.counting import until
from tests.ties import tie

_GATEWAY = """
import asyncio, sys
from pathlib import Path
from modules.runtime.embedded import EmbeddedServer
from modules.runtime.redis import Redis

async def main():
    async with EmbeddedServer(Path(sys.argv[1])) as url:
        redis = Redis(url)
        await redis.execute("SET", "kept", "yes")
        print(await redis.execute("INFO", "server"), flush=True)
        await asyncio.sleep(60)
"""
_IN_MAIN_THREAD = f"{_GATEWAY}\nasyncio.run(main())"
_IN_ANOTHER_THREAD = f"""{_GATEWAY}
import threading
thread = threading.Thread(target=lambda: asyncio.run(main()))
thread.start()
thread.join()
"""


async def kept(url: str) -> object:
    redis = Redis(url)
    try:
        return await redis.execute("GET", "kept")
    finally:
        await redis.close()


@contextmanager
def a_gateway(script: str, directory: Path) -> Iterator[tuple[int, int]]:
    """Another process that owns the directory: its pid and its server's; killed at the end, if it still lives."""
    arguments = [sys.executable, "-c", script, str(directory)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, preexec_fn=tie()) as process:
        try:
            assert process.stdout is not None
            server = next(int(line.split(":")[1]) for line in process.stdout if line.startswith("process_id:"))
            yield process.pid, server
        finally:
            process.kill()


def living(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_a_killed_server_is_started_again_with_its_data(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    async with server as url:
        redis = Redis(url)
        first = server.pid or 0
        for number in range(3):
            await redis.execute("SET", "kept", number)
            os.kill(server.pid or 0, signal.SIGKILL)
            assert await redis.execute("GET", "kept") == str(number)
        assert server.pid != first
        await redis.close()


async def test_data_outlives_a_stop_in_good_order(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as url:
        redis = Redis(url)
        await redis.execute("SET", "kept", "yes")
        await redis.close()
    async with EmbeddedServer(tmp_path) as url:
        assert await kept(url) == "yes"


async def test_a_second_owner_is_refused_with_the_first_ones_pid(tmp_path: Path) -> None:
    with a_gateway(_IN_MAIN_THREAD, tmp_path) as (gateway, _):
        with pytest.raises(DataDirectoryInUse, match=str(gateway)) as caught:
            await EmbeddedServer(tmp_path).start()
        assert caught.value.pid == gateway


@pytest.mark.parametrize("script", [_IN_MAIN_THREAD, _IN_ANOTHER_THREAD], ids=["parent death signal", "watchdog"])
async def test_after_the_gateway_was_killed_its_server_ends_and_the_next_one_has_the_data(
    tmp_path: Path, script: str
) -> None:
    with a_gateway(script, tmp_path) as (gateway, orphan):
        os.kill(gateway, signal.SIGKILL)
        async with EmbeddedServer(tmp_path) as url:
            assert not living(orphan)
            assert await kept(url) == "yes"


async def test_an_orphan_that_does_not_end_by_itself_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modules.runtime.embedded._ORPHAN_SECONDS", 0.3)
    with a_gateway(_IN_ANOTHER_THREAD, tmp_path) as (gateway, orphan):
        os.kill(watchdog_of(gateway), signal.SIGKILL)
        os.kill(gateway, signal.SIGKILL)
        async with EmbeddedServer(tmp_path) as url:
            assert not living(orphan)
            assert await kept(url) == "yes"


def watchdog_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    pids = [int(child) for path in children for child in path.read_text().split()]
    return next(child for child in pids if "read -r" in Path(f"/proc/{child}/cmdline").read_text())


async def test_an_older_program_is_refused_before_it_touches_the_files(tmp_path: Path) -> None:
    newer = Program(Path("/opt/valkey-server"), "valkey", (99, 0, 0))
    newer.record(tmp_path / "program.json")
    server = EmbeddedServer(tmp_path)
    with pytest.raises(Misconfigured, match=r"written by valkey 99\.0\.0") as caught:
        await server.start()
    assert "REDIS_URL" in str(caught.value)
    assert not (tmp_path / "appendonlydir").exists()
    assert Program.recorded(tmp_path / "program.json") == newer


async def test_the_servers_of_path_work_too(tmp_path: Path) -> None:
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        program = Program.at(Path(path)) if path else None
        if program is not None and program.version[:2] >= OLDEST:
            break
    else:
        pytest.skip("no valkey-server or redis-server of 7.0 or newer in PATH")
    async with EmbeddedServer(tmp_path, program) as url:
        redis = Redis(url)
        await redis.execute("SET", "kept", "yes")
        await redis.close()
    if program.name == "redis" and program.version[:2] < (7, 4):
        async with EmbeddedServer(tmp_path) as url:
            assert await kept(url) == "yes"
        with pytest.raises(Misconfigured, match="cannot read"):
            await EmbeddedServer(tmp_path, program).start()


async def test_a_long_path_takes_a_socket_elsewhere(tmp_path: Path) -> None:
    directory = tmp_path / ("a" * 100) / "redis"
    server = EmbeddedServer(directory)
    async with server as url:
        assert len(url) < 107
        assert await kept(url) is None
        folder = Path(url.removeprefix("unix://")).parent
    assert not folder.exists()


async def test_a_program_that_does_not_start_says_why(tmp_path: Path) -> None:
    program = tmp_path / "broken-server"
    program.write_text("#!/bin/sh\necho the disk is on fire\nexit 3\n")
    program.chmod(0o755)
    server = EmbeddedServer(tmp_path / "data", Program(program, "valkey", (9, 9, 9)))
    with pytest.raises(Misconfigured, match="ended with 3: the disk is on fire"):
        await server.start()
    async with EmbeddedServer(tmp_path / "other"):
        pass


async def test_the_server_is_private_and_durable(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path) as url:
        redis = Redis(url)
        settings = await redis.execute("CONFIG", "GET", "port")
        await redis.close()
        assert settings == ["port", "0"]
        assert os.stat(url.removeprefix("unix://")).st_mode & 0o077 == 0


async def test_no_server_is_left_behind(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path)
    async with server:
        pid = server.pid or 0

    async def gone() -> bool:
        return not living(pid)

    await until(gone)
