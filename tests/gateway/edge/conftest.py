"""One server with the default bounds for all tests of the edge."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.gateway.edge.running import RunningEdge, running_edge


@pytest.fixture(scope="session")
def edge() -> Iterator[RunningEdge]:
    """Shared: tests look at what they did themselves."""
    with running_edge(origins=("https://shop.example",)) as running:
        yield running


@pytest.fixture
def client(edge: RunningEdge) -> Iterator[httpx.Client]:
    """Speaks to the shared server."""
    with httpx.Client(base_url=f"http://{edge.host}", trust_env=False, timeout=30) as client:
        yield client
