"""Hive Gateway before running subgraphs, by npm where node is there."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.federation.composing import compose
from tests.federation.subgraphs import Subgraphs
from tests.gateway_process import ROOT, free_port
from tests.node_packages import node_home
from tests.ties import tie

_HERE = Path(__file__).parent
_CONFIG = ROOT / "deploy" / "hive-gateway" / "gateway.config.mjs"


class HiveGateway:
    """`hive-gateway supergraph` with the configuration that `deploy` has."""

    def __init__(self, subgraphs: Subgraphs, home: Path) -> None:
        self._packages = node_home(_HERE / "hive-gateway" / "package.json", seconds=400)
        composed = compose(subgraphs.schemas, subgraphs.urls)
        assert composed.supergraph, composed.errors
        self._supergraph = home / "supergraph.graphql"
        self._supergraph.write_text(composed.supergraph)
        self._log = home / "router.log"
        self.url = f"http://127.0.0.1:{free_port()}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, patience: float = 120) -> None:
        """Returns when it is ready."""
        program = self._packages / "node_modules" / ".bin" / "hive-gateway"
        port = self.url.rpartition(":")[2]
        # Without workers of its own: they would outlive it where it is killed.
        options = ["--host", "127.0.0.1", "--port", port, "--fork", "1", "--config-path", str(_CONFIG)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(program), "supergraph", str(self._supergraph), *options],
                cwd=self._packages,
                env={**os.environ, "NODE_ENV": "production"},
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=tie(),
            )
        end = time.monotonic() + patience
        while not self._is_ready():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.2)

    def stop(self) -> None:
        """Ends it and all that it started."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    def log(self) -> str:
        """The end of what it has said."""
        return self._log.read_text(errors="replace")[-6000:]

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readiness", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
