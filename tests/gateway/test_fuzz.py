"""Every query and mutation of the schema with random arguments: answered, refused or a typed problem, never a fault."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import given, settings, strategies as st
from hypothesis_graphql import from_schema, nodes
from starlette.applications import Starlette

from gateway.demo import fill_with_demo
from gateway.edge import Edge
from gateway.parts import make_graph
from gateway.process import open_process
from gateway.settings import read_settings
from tests.demo_shop import OPERATOR, TOKEN

Ask = Callable[[str, Mapping[str, str]], dict[str, Any]]

FAULTS: Final = {"INTERNAL_SERVER_ERROR", "TIMEOUT", None}
KNOWN: Final = ["web-de", "tills-de", "DE", "EUR", "SPORTSCAR", "berlin", ""]
"""What the demo shop knows, so that not all ends at the first look."""
MOMENTS: Final = ["2026-11-30T10:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-13-01", "now"]

texts = st.sampled_from(KNOWN) | st.text(max_size=12)
SCALARS: Final = {
    "Decimal": st.decimals(allow_nan=True, allow_infinity=True).map(str) | texts,
    "DateTime": st.sampled_from(MOMENTS) | texts,
    "Date": st.sampled_from([*MOMENTS, "2026-11-30", "2024-02-30"]) | texts,
    "JSON": texts,
}


def documents() -> st.SearchStrategy[str]:
    """Operations of one root field each, every field as often as any other."""
    schema = make_graph()._schema
    scalars = {name: strategy.map(nodes.String) for name, strategy in SCALARS.items()}
    roots = [root for root in (schema.query_type, schema.mutation_type) if root]
    fields = [name for root in roots for name in root.fields if not name.startswith("_")]
    return st.sampled_from(fields).flatmap(lambda name: from_schema(schema, fields=[name], custom_scalars=scalars))


@asynccontextmanager
async def gateway(directory: Path, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A whole process with the demo shop, asked without a network."""
    settings = read_settings({"REDIS_URL": redis_url, "COGWERK_OPERATOR_TOKEN": TOKEN}, data=str(directory))
    async with open_process(settings) as process:
        await fill_with_demo(process.trade, settings.data)
        edge = Edge(process.schema, process.context, settings)
        transport = httpx.ASGITransport(Starlette(routes=edge.routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            yield client


@pytest.fixture(scope="module")
def ask(embedded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """On a loop of its own: hypothesis asks from where there is none."""
    directory = tmp_path_factory.mktemp("fuzz")
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(gateway(directory, embedded_url)) as client,
    ):

        def ask(document: str, headers: Mapping[str, str]) -> dict[str, Any]:
            async def post() -> httpx.Response:
                return await client.post("/graphql", json={"query": document}, headers=dict(headers))

            answer = portal.call(post)
            assert answer.status_code < 500
            found: dict[str, Any] = answer.json()
            return found

        yield ask


def check(ask: Ask, document: str, sender: Mapping[str, str]) -> None:
    told = ask(document, sender)
    assert FAULTS.isdisjoint(error["extensions"].get("code") for error in told.get("errors", []))


DOCUMENTS: Final = documents()


@settings(max_examples=150)
@given(document=DOCUMENTS, sender=st.sampled_from([{}, OPERATOR]))
def test_no_operation_of_the_schema_is_answered_by_a_fault(ask: Ask, document: str, sender: dict[str, str]) -> None:
    check(ask, document, sender)


@pytest.mark.slow
@settings(max_examples=300)
@given(document=DOCUMENTS)
def test_hundreds_of_operations_are_answered_without_a_fault(ask: Ask, document: str) -> None:
    check(ask, document, OPERATOR)
