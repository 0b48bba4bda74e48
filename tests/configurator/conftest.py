"""What tests of the configurator leave behind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from modules.runtime.database import Database
from tests.configurator.manufacture import Maker, a_maker
from tests.configurator.shopfloor import OPENED


@pytest.fixture
async def open_shops() -> AsyncIterator[None]:
    """Closes the solvers of all shops that a test has opened."""
    yield
    while OPENED:
        await OPENED.pop().solving.close()


@pytest.fixture
async def maker(database: Database) -> AsyncIterator[Maker]:
    async with a_maker(database) as maker:
        yield maker
