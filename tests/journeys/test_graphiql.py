"""GraphiQL, in a real browser: it starts under the page's policy, asks, follows, and takes nothing from elsewhere."""

from __future__ import annotations

import json

import pytest

from tests.gateway_process import GatewayProcess
from tests.journeys.browser import PROGRAM, Page, page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium or Chrome in PATH"),
]
_EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror')"
_ANSWER = "document.querySelector('.result-window .CodeMirror')"
_REFUSED = (
    "document.addEventListener('securitypolicyviolation', event => (window.refused ??= []).push(event.blockedURI))"
)


async def run(shown: Page, document: str) -> None:
    """Types the operation in and presses the button."""
    await shown.until(f"{_EDITOR}?.CodeMirror !== undefined")
    await shown.evaluate(_REFUSED)
    await shown.evaluate(f"{_EDITOR}.CodeMirror.setValue({json.dumps(document)})")
    await shown.evaluate("document.querySelector('.graphiql-execute-button').click()")


async def test_a_query_is_answered(gateway: GatewayProcess) -> None:
    async with page(f"{gateway.url}/graphiql") as shown:
        await run(shown, "{ products(first: 2) { edges { node { sku } } } }")
        await shown.until(f"{_ANSWER}?.CodeMirror.getValue().includes('sku')")
        assert "errors" not in await shown.evaluate(f"{_ANSWER}.CodeMirror.getValue()")
        assert await shown.evaluate("window.refused ?? null") is None
        fetched = await shown.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
        assert [name for name in fetched if not name.startswith((gateway.url, "data:"))] == []


async def test_a_subscription_shows_its_snapshot(gateway: GatewayProcess) -> None:
    async with page(f"{gateway.url}/graphiql") as shown:
        await run(shown, 'subscription { stockChanged(skus: ["HAMMER-MESSING"]) { kind items { sku } } }')
        await shown.until(f"{_ANSWER}?.CodeMirror.getValue().includes('SNAPSHOT')")


async def test_the_schema_is_shown(gateway: GatewayProcess) -> None:
    async with page(f"{gateway.url}/graphiql") as shown:
        await shown.until("document.querySelector('button[aria-label*=\"Documentation Explorer\"]') !== null")
        await shown.evaluate("document.querySelector('button[aria-label*=\"Documentation Explorer\"]').click()")
        await shown.until("document.querySelector('.graphiql-doc-explorer')?.textContent.includes('Subscription')")
