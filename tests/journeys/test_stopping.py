"""A gateway that is told to stop says so, and serves on until whoever sends requests has found out."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateway_process import GatewayProcess

DRAIN_SECONDS = 3


def until(holds: Callable[[], bool], gateway: GatewayProcess) -> None:
    """Returns when it holds; raises AssertionError."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, gateway.log()
        time.sleep(0.05)


def answers(gateway: GatewayProcess) -> bool:
    """Whether a client that comes anew is served."""
    body = json.dumps({"query": "{ __typename }"}).encode()
    request = urllib.request.Request(f"{gateway.url}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bool(json.load(answer) == {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_is_told_to_stop_is_not_ready_at_once_and_serves_on_for_a_while(tmp_path: Path, workers: str) -> None:
    environ = {"COGWERK_DRAIN_SECONDS": f"{DRAIN_SECONDS}"}
    gateway = GatewayProcess(tmp_path / "data", "--empty", "--workers", workers, environ=environ)
    gateway.start()
    try:
        until(lambda: "Cogwerk is ready" in gateway.log(), gateway)
        told = time.monotonic()
        os.kill(gateway.pid, signal.SIGTERM)
        until(lambda: not gateway.is_ready(), gateway)
        while time.monotonic() < told + DRAIN_SECONDS - 1:
            assert answers(gateway)
            assert not gateway.is_ready()
        assert gateway.wait() == 0
    finally:
        gateway.stop()


def test_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path / "data", "--empty", environ={"COGWERK_DRAIN_SECONDS": "600"})
    gateway.start()
    try:
        assert gateway.interrupt() == 0
    finally:
        gateway.stop()
