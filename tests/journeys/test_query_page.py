"""The query page, in a real browser."""

from __future__ import annotations

import pytest

from tests.gateway_process import GatewayProcess
from tests.journeys.browser import PROGRAM, page
from tests.journeys.client import Shop
from tests.journeys.test_stock_reaches_pos import a_level, count

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium or Chrome in PATH"),
]
_SAMPLE = "[...document.querySelectorAll('#samples button')].find(item => item.textContent.startsWith({!r}))"
_ANSWER = "document.querySelector('#answers').textContent"


async def test_the_first_sample_runs_and_shows_products(gateway: GatewayProcess) -> None:
    async with page(gateway.url) as shown:
        await shown.until("document.querySelector('#query')?.value.includes('products')")
        await shown.evaluate("document.querySelector('#run').click()")
        await shown.until(f"{_ANSWER}.includes('availability')")
        assert "errors" not in await shown.evaluate(_ANSWER)


async def test_the_schema_stands_beside_the_query_and_can_be_searched(gateway: GatewayProcess) -> None:
    async with page(gateway.url) as shown:
        await shown.until("document.querySelector('#docs-page')?.textContent.includes('Subscription')")
        await shown.evaluate(
            "(() => { const box = document.querySelector('#docs-search'); box.value = 'stockChanged';"
            " box.dispatchEvent(new Event('input', { bubbles: true })); })()"
        )
        await shown.until("document.querySelector('#docs-page').textContent.includes('stockChanged')")


async def test_a_subscription_shows_a_change_as_it_happens(gateway: GatewayProcess, operator: Shop) -> None:
    sku, source = await a_level(operator, 6)
    query = f'subscription {{ stockChanged(skus: ["{sku}"]) {{ kind items {{ availability {{ available }} }} }} }}'
    async with page(gateway.url) as shown:
        await shown.until(f"{_SAMPLE.format('Watch stock')} !== undefined")
        await shown.evaluate(
            f"(() => {{ const box = document.querySelector('#query'); box.value = {query!r};"
            " box.dispatchEvent(new Event('input', { bubbles: true }));"
            " document.querySelector('#variables').value = ''; document.querySelector('#run').click(); })()"
        )
        await shown.until(f"{_ANSWER}.includes('SNAPSHOT')")
        await count(operator, sku, source, "987")
        await shown.until(f"{_ANSWER}.includes('CHANGE')")


async def test_nothing_is_fetched_from_anywhere_else(gateway: GatewayProcess) -> None:
    async with page(gateway.url) as shown:
        await shown.until("document.querySelector('#docs-page')?.textContent.includes('Subscription')")
        fetched = await shown.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert fetched
    assert [address for address in fetched if not address.startswith(gateway.url)] == []
