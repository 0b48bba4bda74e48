"""Duties move when their holder dies, and at no moment have two."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import groupby
from pathlib import Path

from tests.gateway_process import ROOT
from tests.ties import tie

_DUTIFUL = """
import asyncio, os, sys
from modules.runtime.database import Database
from modules.runtime.leader import leader_of

async def main(url, log):
    database = await Database.open(url)
    async with leader_of(database, "due").lead() as leading:
        while leading():
            with open(log, "a") as file:
                print(os.getpid(), file=file)
            await asyncio.sleep(0.01)

asyncio.run(main(*sys.argv[1:]))
"""


def test_a_duty_moves_on_each_time_its_holder_is_killed_and_nothing_is_done_by_two(
    database_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    log.touch()
    command = [sys.executable, "-c", _DUTIFUL, database_url, str(log)]
    processes = [subprocess.Popen(command, cwd=ROOT, preexec_fn=tie()) for _ in range(3)]
    try:
        killed: list[int] = []
        while len(killed) < 2:
            holder = new_holder(log, killed)
            os.kill(holder, signal.SIGKILL)
            killed.append(holder)
        killed.append(new_holder(log, killed))
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [pid for pid, _ in groupby(log.read_text().split())] == [str(pid) for pid in killed]


def new_holder(log: Path, before: list[int]) -> int:
    """Who does it now, when it is none of those before."""
    end = time.monotonic() + 30
    while True:
        done = log.read_text().split("\n")[:-1]
        if done and int(done[-1]) not in before:
            return int(done[-1])
        assert time.monotonic() < end
        time.sleep(0.02)
