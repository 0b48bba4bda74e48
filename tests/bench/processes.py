"""What a server process has cost so far, and the yardstick's process."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.gateway_process import ROOT, free_port

PROC = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all its threads; in steps of 10 ms."""
    if PROC.is_dir():
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    text = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, check=True, text=True).stdout
    seconds = 0.0
    for part in text.strip().replace("-", ":").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def resident_mb(pid: int) -> float:
    """Memory that a process holds now, in megabytes of 1,000,000 bytes."""
    text = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True, text=True).stdout
    return int(text) * 1024 / 1e6


def peak_mb() -> float:
    """The most memory that this process has had, in megabytes of 1,000,000 bytes.

    Linux tells who starts a process by fork that it has had at least what its parent had: its own count is elsewhere.
    """
    if PROC.is_dir():
        status = (PROC / "self" / "status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def children(pid: int) -> list[int]:
    """Processes that this one has started: the gateway's embedded server."""
    text = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True, text=True).stdout
    pairs = [line.split() for line in text.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == pid]


@contextmanager
def bare_server(answers: Path) -> Iterator[tuple[int, int]]:
    """Runs the yardstick; answers its port and process id."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.bare", str(port), str(answers)], cwd=ROOT)
    try:
        _await_port(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _await_port(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > end:
            raise TimeoutError("the bare server does not listen")
        time.sleep(0.05)
