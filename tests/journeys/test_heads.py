"""What a stranger sends before a body is bounded, too."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.gateway_process import GatewayProcess


def told(url: str, sent: int) -> bytes:
    """The beginning of what is answered to a head of so many bytes that does not end."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as stranger:
        with suppress(OSError):
            stranger.sendall(b"GET /graphql HTTP/1.1\r\nHost: shop\r\n")
            for number in range(sent // 10_000):
                stranger.sendall(b"X-%d: " % number + b"a" * 9_990 + b"\r\n")
        with suppress(ConnectionError):
            return stranger.recv(1_000)
    return b""


def closed_after(url: str, *parts: bytes) -> float:
    """The seconds until the connection is closed to which these are sent, and their answers."""
    place, began = urlsplit(url), time.monotonic()
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=40) as stranger:
        for part in parts:
            stranger.sendall(part)
            time.sleep(0.5)
        while stranger.recv(1_000):
            pass
    return time.monotonic() - began


def test_a_head_that_does_not_come_ends_its_connection(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path / "data", "--empty")
    gateway.start()
    whole, half = b"GET /health/live HTTP/1.1\r\nHost: shop\r\n\r\n", b"GET /graphql HTTP/1.1\r\nHost: "
    try:
        with ThreadPoolExecutor() as pool:
            slow = [pool.submit(closed_after, gateway.url, *parts) for parts in ((), (half,), (whole, half))]
            assert all(10 < each.result() < 30 for each in slow)
    finally:
        gateway.stop()


def test_a_head_without_an_end_is_refused_and_others_are_served(tmp_path: Path) -> None:
    gateway = GatewayProcess(tmp_path / "data", "--empty")
    gateway.start()
    try:
        assert told(gateway.url, 20_000_000)[:12] in (b"HTTP/1.1 400", b"")
        body = json.dumps({"query": "{ __typename }", "extensions": {"padding": "x" * 500_000}}).encode()
        headers = {"content-type": "application/json", "x-padding": "y" * 30_000}
        with urllib.request.urlopen(urllib.request.Request(f"{gateway.url}/graphql", body, headers)) as answer:
            assert json.load(answer) == {"data": {"__typename": "Query"}}
    finally:
        gateway.stop()
