"""Every query and mutation of the schema with random arguments: answered, refused or a typed problem, never a fault.

Each is sent again and again, as a client does: a known document takes a way of its own, and answers alike.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import given, settings, strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.demo import fill_with_demo
from gateway.edge import Bounds, Edge
from gateway.parts import make_graph
from gateway.process import open_process
from gateway.settings import read_settings
from tests.demo_shop import OPERATOR, TOKEN
from tests.gateway.fuzzing import FAULTS
from tests.gateway.repeating import Operation, operations, others
from tests.gateway_process import ROOT, GatewayProcess
from tests.journeys.client import Shop

Told = dict[str, Any]
Ask = Callable[[str, Operation, Mapping[str, str]], Told]
PLANNED, PLAIN = "/graphql", "/plain/graphql"
"""With plans for known documents, and without."""

LIVE = "subscription ($key: String!) { cartChanged(key: $key) { kind cart { id } } }"
CREATE = 'mutation { createCart(input: { idempotencyKey: "5f0c8d9e-6a57-4f0e-9d58-1f6f3f0f8a10" }) { key } }'
CHANGE = """mutation ($key: String!) { applyCartOperations(input: { key: $key, operations: [
  { id: "1", operation: { addLine: { sku: "HAMMER-MESSING", quantity: "1" } } }] }) { problems { message } } }"""


@asynccontextmanager
async def gateway(directory: Path, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A whole process with the demo shop, asked without a network."""
    settings = read_settings({"REDIS_URL": redis_url, "COGWERK_OPERATOR_TOKEN": TOKEN}, data=str(directory))
    async with open_process(settings) as process:
        await fill_with_demo(process.trade, settings.data)
        planned = Edge(process.schema, process.context, settings)
        plain = Edge(process.schema, process.context, settings, Bounds(plans=False))
        routes = [Mount("/plain", routes=plain.routes), *planned.routes]
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(Starlette(routes=routes)), base_url="http://gateway"
        ) as client:
            yield client


@pytest.fixture(scope="module")
def ask(embedded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """On a loop of its own: hypothesis asks from where there is none."""
    directory = tmp_path_factory.mktemp("fuzz")
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(gateway(directory, embedded_url)) as client,
    ):

        def ask(path: str, operation: Operation, headers: Mapping[str, str]) -> Told:
            body = {"query": operation.text, "variables": operation.variables}

            async def post() -> httpx.Response:
                return await client.post(path, json=body, headers=dict(headers))

            answer = portal.call(post)
            assert answer.status_code < 500
            found: Told = answer.json()
            assert FAULTS.isdisjoint(error["extensions"].get("code") for error in found.get("errors", []))
            return found

        yield ask


def check(ask: Ask, operation: Operation, sender: Mapping[str, str]) -> None:
    """Sent twice, and as graphql-core alone answers it; a change may find that it was made already."""
    first, again, plain = (ask(path, operation, sender) for path in (PLANNED, PLANNED, PLAIN))
    if operation.text.startswith("query"):
        assert shape(first) == shape(again) == shape(plain)
    else:
        assert ("data" in first) == ("data" in again) == ("data" in plain)


def shape(told: object) -> object:
    """What is there, and of what type: ids and moments are others each time."""
    if isinstance(told, dict):
        return {name: shape(value) for name, value in told.items()}
    return [shape(item) for item in told] if isinstance(told, list) else type(told)


@st.composite
def histories(draw: st.DrawFn) -> list[Operation]:
    """One document with its variables, and with others."""
    operation = draw(OPERATIONS)
    odd = draw(st.lists(others(operation.variables), max_size=3)) if operation.variables else []
    return [operation, *(Operation(operation.text, variables) for variables in odd)]


OPERATIONS: Final = operations(make_graph()._schema)


@settings(max_examples=150)
@given(history=histories(), sender=st.sampled_from([{}, OPERATOR]))
def test_no_operation_of_the_schema_is_answered_by_a_fault(
    ask: Ask, history: list[Operation], sender: dict[str, str]
) -> None:
    for operation in history:
        check(ask, operation, sender)


@pytest.mark.slow
@settings(max_examples=300)
@given(history=histories())
def test_hundreds_of_operations_are_answered_without_a_fault(ask: Ask, history: list[Operation]) -> None:
    for operation in history:
        check(ask, operation, OPERATOR)


@pytest.mark.slow
async def test_a_stranger_to_the_code_finds_no_fault_and_no_socket_dies_of_it(tmp_path: Path) -> None:
    process = GatewayProcess(tmp_path / "data")
    process.start()
    try:
        shop = Shop(process.url, token=process.token())
        key = (await shop.run(CREATE))["createCart"]["key"]
        async with shop.subscribe(LIVE, key=key) as events:
            await events.next()
            heard = asyncio.create_task(events.message())
            code, said = await fuzz(process, tmp_path, seconds=45)
            assert code == 0, said + process.log()
            await shop.run(CHANGE, key=key)
            message = await asyncio.wait_for(heard, 20)
            assert message["payload"]["data"]["cartChanged"]["kind"] == "CHANGE"
    finally:
        process.stop()


async def fuzz(process: GatewayProcess, directory: Path, seconds: int) -> tuple[int | None, str]:
    """What schemathesis ends with, and what it says."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{process.url}/graphql", "--max-time", str(seconds)]
    command += ["--checks", "no_fault", "--phases", "fuzzing", "--mode", "positive", "--max-examples", "2"]
    command += ["--generation-deterministic", "--no-shrink", "--continue-on-failure"]
    command += ["--header", f"Authorization: Bearer {process.token()}", "--warnings", "off", "--no-color"]
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.gateway.fuzzing", "PYTHONPATH": str(ROOT)}
    run = await asyncio.create_subprocess_exec(
        *command, cwd=directory, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await run.communicate()
    return run.returncode, said.decode()[-6000:]
