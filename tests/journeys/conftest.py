"""Gateways for the journeys: one with the demo shop for all that only use it, fresh ones for those that kill it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """Serves the demo shop; shared, so a test uses products and carts of its own."""
    process = GatewayProcess(tmp_path_factory.mktemp("journeys") / "data")
    process.start()
    yield process
    process.stop()


@pytest.fixture
def own_gateway(tmp_path: Path) -> Iterator[GatewayProcess]:
    """Serves the demo shop for one test, which may kill it."""
    process = GatewayProcess(tmp_path / "data")
    process.start()
    yield process
    process.stop()


@pytest.fixture
def shopper(gateway: GatewayProcess) -> Shop:
    """Somebody without a token."""
    return Shop(gateway.url)


@pytest.fixture
def operator(gateway: GatewayProcess) -> Shop:
    """Whoever holds the operator's token."""
    return Shop(gateway.url, token=gateway.token())
