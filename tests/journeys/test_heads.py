"""What a stranger sends before a body is bounded, too."""

from __future__ import annotations

import json
import socket
import urllib.request
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
