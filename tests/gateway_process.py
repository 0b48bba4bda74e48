"""A gateway in a process of its own, for tests that cross sockets or kill it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.ties import tie, watch

ROOT = Path(__file__).resolve().parent.parent
_SETTINGS = ("COGWERK_", "DATABASE_URL", "REDIS_URL")


class GatewayProcess:
    """`python -m gateway serve` on a data directory; every start takes the same port."""

    def __init__(
        self, data: Path, *options: str, environ: dict[str, str] | None = None, port: int | None = None
    ) -> None:
        self.data = data
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._options = options
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)},
            **(environ or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._log = data.with_name(data.name + ".log")

    def start(self, patience: float = 60) -> None:
        """Returns when it is ready; raises AssertionError with its log when it is not."""
        command = [sys.executable, "-m", "gateway", "serve", "--data", str(self.data), "--port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self._options],
                cwd=ROOT,
                env=self._environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=tie(),
            )
        self._watchdog = watch(self._process.pid)
        end = time.monotonic() + patience
        while not self.is_ready():
            assert self._process.poll() is None, f"the gateway ended:\n{self.log()}"
            assert time.monotonic() < end, f"the gateway is not ready:\n{self.log()}"
            time.sleep(0.05)

    def is_ready(self) -> bool:
        """Whether /health/ready says so."""
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def workers(self) -> list[int]:
        """The processes that serve for it, where there are several."""
        command = ["pgrep", "-P", str(self.pid), "-f", "--", "--worker "]
        return [int(pid) for pid in subprocess.run(command, capture_output=True, check=False).stdout.split()]

    def ready_workers(self) -> list[int]:
        """Those of them that take requests, the eldest first."""
        ready = re.findall(r"worker (\d+) is ready", self._log.read_text(errors="replace"))
        workers = self.workers()
        return [int(pid) for pid in ready if int(pid) in workers]

    def renew(self, patience: float = 60) -> None:
        """Has all workers replaced, and returns when they are."""
        before, end = set(self.workers()), time.monotonic() + patience
        os.kill(self.pid, signal.SIGHUP)
        while before & set(self.workers()):
            assert time.monotonic() < end, f"the workers are not replaced:\n{self.log()}"
            time.sleep(0.05)

    def interrupt(self) -> int:
        """Ctrl-C as a terminal sends it, to the whole group; answers the exit code."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGINT)
        code = self._process.wait(30)
        self._end_watchdog()
        return code

    def wait(self) -> int:
        """Returns its exit code when it has ended by itself."""
        assert self._process is not None
        return self._process.wait(30)

    def kill(self) -> None:
        """kill -9 of the gateway alone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self._end_watchdog()

    def stop(self) -> None:
        """Ends it if it still runs, whatever it takes."""
        if self._process is None or self._process.poll() is not None:
            self._end_watchdog()
            return
        self._process.terminate()
        try:
            self._process.wait(25)
        except subprocess.TimeoutExpired:
            self.kill()
        self._end_watchdog()

    def _end_watchdog(self) -> None:
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.communicate()
            self._watchdog = None

    @property
    def pid(self) -> int:
        """The gateway's own process."""
        assert self._process is not None
        return self._process.pid

    def token(self) -> str:
        """The operator's token."""
        return (self.data / "operator.token").read_text().strip()

    def log(self) -> str:
        """The end of all it has said."""
        return self._log.read_text(errors="replace")[-6000:]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
