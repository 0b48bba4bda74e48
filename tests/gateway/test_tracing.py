"""Seeing inside: who may, what is noted of modules and stores, and that nothing is there where nobody asked."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette

from gateway.commands import edge_of
from gateway.edge.execution import Answer, Request
from gateway.process import Process, open_process
from gateway.settings import Settings, SettingsError, read_settings
from gateway.tracing import Tracing, open_tracing
from gateway.tracing.recording import Recording, Store, current
from gateway.tracing.spans import spans_to
from gateway.tracing.wrapping import traced_services

QUERY = "query Page { products(first: 3) { edges { node { sku title } } } }"
CREATE = 'mutation Make { createCart(input: { idempotencyKey: "0123456789abcdef" }) { key problems { code } } }'
WISHES = """mutation { createWishlist(input: { idempotencyKey: "0123456789abcdef", name: "mine" }) {
  key wishlist { id } } }"""
RENAME = """mutation ($key: String!, $id: ID!, $name: String!, $step: ID!) { applyWishlistOperations(input: {
  key: $key, id: $id, operations: [{ id: $step, operation: { rename: $name } }] }) { problems { message } } }"""
FOLLOW = "subscription Follow($key: String!, $id: ID!) { wishlistChanged(key: $key, id: $id) { wishlist { name } } }"
ASKED = {"cogwerk-timing": "on"}


@asynccontextmanager
async def shop(settings: Settings, tracing: Tracing | None = None) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    """An empty shop, and who asks it with all rights."""
    async with open_process(settings, tracing) as process:
        transport = httpx.ASGITransport(Starlette(routes=edge_of(process).routes))
        headers = {"Authorization": f"Bearer {(settings.data / 'operator.token').read_text().strip()}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://shop", headers=headers) as client:
            yield process, client


async def data(client: httpx.AsyncClient, query: str, **variables: str) -> dict[str, Any]:
    """What an operation without errors answers."""
    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    return dict(answer["data"])


async def extensions(client: httpx.AsyncClient, query: str, **headers: str) -> dict[str, Any]:
    """What the answer says besides its data."""
    answer = (await client.post("/graphql", json={"query": query}, headers=headers)).json()
    assert answer["data"], answer
    found: dict[str, Any] = answer.get("extensions", {})
    return found


async def test_an_administrators_answer_says_what_took_how_long_in_which_module(tmp_path: Path) -> None:
    async with shop(Settings(data=tmp_path / "data", timings=True), Tracing(timings=True)) as (_, client):
        read = (await extensions(client, QUERY, **ASKED))["timing"]
        made = (await extensions(client, CREATE, **ASKED))["timing"]
    catalog, cart = read["modules"]["catalog"], made["modules"]["cart"]
    assert (catalog["calls"] >= 1, catalog["sqlTrips"] >= 1, catalog["redisTrips"]) == (True, True, 0)
    assert (cart["calls"], cart["redisTrips"] >= 2) == (1, True)
    assert 0 < cart["storeMilliseconds"] <= cart["milliseconds"] <= made["milliseconds"]


async def test_it_is_said_to_administrators_alone_and_only_when_they_ask(tmp_path: Path) -> None:
    async with shop(Settings(data=tmp_path / "data", timings=True), Tracing(timings=True)) as (_, client):
        assert "timing" not in await extensions(client, QUERY)
        assert "timing" not in await extensions(client, QUERY, Authorization="", **ASKED)
    async with shop(Settings(data=tmp_path / "data"), Tracing()) as (_, client):
        assert "timing" not in await extensions(client, QUERY, **ASKED)


async def test_where_nobody_asked_services_and_stores_are_what_they_are(tmp_path: Path) -> None:
    async with shop(Settings(data=tmp_path / "data")) as (process, client):
        assert "timing" not in await extensions(client, QUERY, **ASKED)
        assert all(type(service) is kind for kind, service in process.services.items())
        assert not {"read", "session"} & set(vars(process.database.driver))
        assert "execute_many" not in vars(process.redis)


async def test_spans_of_an_operation_its_modules_and_its_trips_hang_together(tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    trace = "0af7651916cd43dd8448eb211c80319c"
    async with shop(Settings(data=tmp_path / "data"), spans_to(SimpleSpanProcessor(exporter))) as (_, client):
        await extensions(client, QUERY, traceparent=f"00-{trace}-b7ad6b7169203331-01")
        await extensions(client, CREATE)
    spans = exporter.get_finished_spans()
    page, made = (next(span for span in spans if span.name == name) for name in ("query Page", "mutation Make"))
    assert f"{page.context.trace_id:032x}" == trace
    assert f"{made.context.trace_id:032x}" != trace
    modules = {span.name: span for span in spans if span.parent and span.parent.span_id == made.context.span_id}
    trips = [span for span in spans if span.parent and span.parent.span_id == modules["cart.create"].context.span_id]
    assert [span.name for span in trips] == ["redis"] * len(trips)
    assert {dict(span.attributes or {})["cogwerk.module"] for span in trips} == {"cart"}


async def test_an_event_of_a_subscription_is_one_trace_however_many_it_serves(tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    async with shop(Settings(data=tmp_path / "data"), spans_to(SimpleSpanProcessor(exporter))) as (process, client):
        made = await data(client, WISHES)
        key, id = made["createWishlist"]["key"], made["createWishlist"]["wishlist"]["id"]
        runs = edge_of(process)._http._executions
        async with AsyncExitStack() as stack:
            ears = []
            for name in ("first", "second"):
                prepared = await runs.prepare(Request(FOLLOW, {"key": key, "id": id}, None), {})
                ears.append(await stack.enter_async_context(aclosing(runs.stream(prepared))))
                await anext(ears[-1])
                # What comes behind the snapshot is behind us when this is heard.
                await data(client, RENAME, key=key, id=id, name=name, step=name)
                await asyncio.gather(*(until_heard(ear, name) for ear in ears))
            exporter.clear()
            await data(client, RENAME, key=key, id=id, name="third", step="third")
            await asyncio.gather(*(until_heard(ear, "third") for ear in ears))
    spans = exporter.get_finished_spans()
    (event,) = (span for span in spans if span.name == "subscription Follow")
    assert event.parent is None
    assert dict(event.attributes or {})["graphql.operation.name"] == "Follow"


async def until_heard(answers: AsyncIterator[Answer], name: str) -> None:
    """Until the list is called that."""
    async with asyncio.timeout(20):
        while f'"name":"{name}"'.encode() not in (await anext(answers)).body:
            pass


async def test_a_share_of_the_operations_is_told_by_the_trace(tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    tracing = spans_to(SimpleSpanProcessor(exporter), 0)
    with tracing.operation("query", {}, {"traceparent": f"00-{'ab' * 16}-b7ad6b7169203331-01"}):
        pass
    tracing.close()
    assert exporter.get_finished_spans() == ()


async def test_work_that_outlives_an_operation_is_not_noted() -> None:
    class Service:
        async def works(self) -> int:
            await asyncio.sleep(0)
            return 7

        def plain(self) -> int:
            return 8

    Service.__module__ = "modules.cart.service"
    service = traced_services(Tracing(), {Service: Service()})[Service]
    noted = Recording()
    current.set(noted)
    assert (await service.works(), service.plain()) == (7, 8)  # type: ignore[attr-defined]
    noted.open = False
    assert await service.works() == 7  # type: ignore[attr-defined]
    assert noted.modules["cart"].calls == 1
    assert noted.modules["cart"].trips == {Store.SQL: 0, Store.REDIS: 0}


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"COGWERK_TRACES": "collector:4318"}, "COGWERK_TRACES"),
        ({"COGWERK_TRACE_SHARE": "101"}, "COGWERK_TRACE_SHARE"),
        ({"COGWERK_TIMINGS": "perhaps"}, "COGWERK_TIMINGS"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read_settings(environ)


def test_without_its_packages_tracing_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"cogwerk\[telemetry\]"):
        open_tracing(Settings(data=tmp_path, traces="http://127.0.0.1:4318/v1/traces"))
    assert open_tracing(Settings(data=tmp_path)) is None
