"""Limits: what a document asks for is counted in one linear pass, and hostile ones never hold the event loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse

from gateway.edge import Bounds, executor
from gateway.edge.execution import Executions, Request
from gateway.edge.executor import PlannedExecutor
from gateway.edge.limits import ANONYMOUS_LIMITS, KNOWN_LIMITS, LimitExceeded, Limits, Survey, size_of
from tests.gateway.edge.running import RunningEdge
from tests.gateway.edge.toy import LISTING, Bell, ToyContext, a_schema
from tests.gateway.repeating import nested

SCHEMA = a_schema()._schema


def doubling(levels: int) -> str:
    """Fragments that each spread the next one twice."""
    last = f"fragment F{levels} on Node {{ name }}"
    spreads = (f"fragment F{number} on Node {{ ...F{number + 1} ...F{number + 1} }}" for number in range(levels))
    return "{ node { ...F0 } } " + " ".join(spreads) + last


def fields(query: str, variables: Mapping[str, object] | None = None, limits: Limits = ANONYMOUS_LIMITS) -> int:
    """How many response fields a query is counted as."""
    document = parse(query)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    sizes = {name: size_of(value) for name, value in (variables or {}).items()}
    measure = Survey(SCHEMA, document, limits, sizes)._operation(operation)
    return measure.fixed + measure.scaled * limits.items


def shape_error(query: str, limits: Limits = ANONYMOUS_LIMITS) -> str | None:
    """The limit a document breaks, if it does."""
    try:
        Survey(SCHEMA, parse(query), limits).check_shape()
    except LimitExceeded as error:
        return str((error.extensions or {})["limit"])
    return None


def test_a_listing_of_24_products_with_15_leaves_fits_easily() -> None:
    assert shape_error(LISTING) is None
    assert fields(LISTING) < ANONYMOUS_LIMITS.fields / 4


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{ products(first: 3) { edges { node { sku } } hasNextPage } }", {}, 1 + 1 + 3 * 2 + 1),
        ("query ($n: Int) { products(first: $n) { edges { cursor } } }", {"n": 5}, 1 + 1 + 5),
        ("query ($n: Int = 7) { products(first: $n) { edges { cursor } } }", {}, 1 + 1 + 7),
        ("query ($n: Int) { products(first: $n) { edges { cursor } } }", {}, 1 + 1 + 24),
        ("{ products { edges { cursor } } }", {}, 1 + 1 + 24),
        ("{ node { children(first: 4) { children(first: 5) { name } } } }", {}, 1 + 1 + 4 * (1 + 5)),
        ("subscription ($s: [ID!]) { ticks(skus: $s) { items { sku } } }", {"s": ["a"] * 6}, 1 + 1 + 6),
        ('subscription { ticks(skus: ["a", "b"]) { items { sku } } }', {}, 1 + 1 + 2),
        ("subscription { ticks(count: 900) { items { sku } } }", {}, 1 + 1 + 10),
        ("{ products(first: -3) { edges { cursor } } }", {}, 1 + 1),
        ("{ nothing { at { all } } }", {}, 3),
    ],
)
def test_list_lengths_are_counted_from_arguments_and_variables(
    query: str, variables: Mapping[str, object], expected: int
) -> None:
    assert fields(query, variables) == expected


def test_a_fragment_counts_wherever_it_is_spread() -> None:
    once = fields("{ node { ...F } } fragment F on Node { name child { name } }")
    twice = fields("{ node { ...F ... on Node { ...F } } } fragment F on Node { name child { name } }")
    assert (once, twice) == (1 + 3, 1 + 6)


@pytest.mark.parametrize(
    ("limit", "query"),
    [
        ("depth", "{ node " + "{ child " * 15 + "{ name }" + "}" * 16),
        ("breadth", "{ " + "node { name } " * 101 + "}"),
        ("breadth", "{ now } fragment Unused on Query { " + "now " * 101 + "}"),
        ("breadth", doubling(30)),
        ("aliases", "{ " + " ".join(f"a{number}: now" for number in range(51)) + "}"),
        ("directives", "{ now " + "@include(if: true) " * 51 + "}"),
        ("directives", "query " + "@skip(if: true) " * 51 + "{ now }"),
        ("nesting", "{ " + "... { " * 120 + "now" + " }" * 121),
    ],
)
def test_a_document_beyond_a_limit_is_told_which(limit: str, query: str) -> None:
    assert shape_error(query) == limit


@pytest.mark.parametrize(
    "query",
    [
        "{ ...F } fragment F on Query { ...F node { child { name } } }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A now }",
        "{ ...Missing } query B { now { oops } }",
        "{ ... on Nothing { a } } fragment F on Nothing { b }",
    ],
)
def test_a_document_that_is_not_valid_is_measured_all_the_same(query: str) -> None:
    assert shape_error(query) is None


def test_measuring_takes_time_linear_in_the_document() -> None:
    def seconds(levels: int) -> float:
        document = parse(doubling(levels))
        survey = Survey(SCHEMA, document, Limits(breadth=1 << 200))
        began = time.process_time()
        survey.check_shape()
        return time.process_time() - began

    short, long = (min(seconds(levels) for _ in range(5)) for levels in (20, 80))
    assert long < 40 * max(short, 0.000_05)


def test_a_nested_variable_of_any_depth_is_sized_without_recursion() -> None:
    value: Any = [1, 2, 3]
    for _ in range(100_000):
        value = {"a": value}
    assert size_of(value) == 3
    assert (size_of(True), size_of("text"), size_of(None), size_of(7)) == (None, None, None, 7)


def test_strangers_and_known_principals_have_their_own_limits(client: httpx.Client) -> None:
    query = "{ " + " ".join(f"a{number}: now" for number in range(60)) + "}"
    refused = client.post("/graphql", json={"query": query}).json()["errors"][0]
    assert refused["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "aliases", "allowed": 50, "found": 60}
    known = client.post("/graphql", json={"query": query}, headers={"authorization": "Bearer good"}).json()
    assert len(known["data"]) == 60
    again = client.post("/graphql", json={"query": query}).json()["errors"][0]
    assert again["extensions"]["limit"] == "aliases"


def test_the_number_of_response_fields_is_held_at_each_request(client: httpx.Client) -> None:
    query = "query ($s: [ID!]) { products(skus: $s) { edges { node { sku price(quantity: 2) { verdict } } } } }"
    page = "query ($n: Int!) { node { children(first: $n) { name } } }"
    assert "errors" not in client.post("/graphql", json={"query": query, "variables": {"s": ["a"] * 50}}).json()
    assert "errors" not in client.post("/graphql", json={"query": page, "variables": {"n": 50}}).json()
    beyond = client.post("/graphql", json={"query": page, "variables": {"n": 5_000}}).json()["errors"][0]
    assert beyond["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "fields", "allowed": 4_000, "found": 5_002}


def test_the_number_of_values_in_variables_is_held_before_they_are_coerced(
    edge: RunningEdge, client: httpx.Client
) -> None:
    query = "mutation ($lines: [Line!]!) { buy(lines: $lines) }"
    line = {"sku": "a", "quantity": "1"}
    fits = client.post("/graphql", json={"query": query, "variables": {"lines": [line] * 600}}).json()
    assert fits == {"data": {"buy": 600}}
    hold = _longest_hold(
        edge, lambda: client.post("/graphql", json={"query": query, "variables": {"lines": [line] * 50_000}})
    )
    assert hold < 0.5
    beyond = client.post("/graphql", json={"query": query, "variables": {"lines": [line] * 700}}).json()["errors"][0]
    assert beyond["extensions"]["limit"] == "values"
    rows = {"query": query, "variables": {"lines": [line] * 1_000}}
    assert client.post("/graphql", json=rows, headers={"authorization": "Bearer good"}).json() == {
        "data": {"buy": 1_000}
    }


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query ($n: Int) { products(first: $n) { edges { cursor } } }", {"n": 2**63}),
        ("{ node { " + "children(first: 2147483647) { " * 3 + "name" + " }" * 5, {}),
    ],
)
def test_what_is_far_beyond_a_limit_is_told_in_a_number_that_json_has(
    client: httpx.Client, query: str, variables: Mapping[str, object]
) -> None:
    told = client.post("/graphql", json={"query": query, "variables": variables}).json()["errors"][0]
    assert told["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "fields", "allowed": 4_000, "found": 2**53 - 1}


def test_variables_are_nested_no_deeper_than_answers_can_be(client: httpx.Client) -> None:
    query = "subscription ($s: [ID!]) { ticks(skus: $s) { number } }"
    for depth, codes in ((198, ["BAD_REQUEST"]), (199, ["LIMIT_EXCEEDED"]), (800, ["LIMIT_EXCEEDED"])):
        told = client.post("/graphql", json={"query": query, "variables": {"more": nested(depth)}}).json()
        assert [error["extensions"]["code"] for error in told["errors"]] == codes


def introspection() -> str:
    return get_introspection_query(specified_by_url=True, input_value_deprecation=True)


def test_the_standard_introspection_query_passes_and_is_prepared_once(client: httpx.Client) -> None:
    answers = []
    times = []
    for _ in range(3):
        began = time.perf_counter()
        answers.append(client.post("/graphql", json={"query": introspection()}).content)
        times.append(time.perf_counter() - began)
    assert answers[0] == answers[1] == answers[2]
    assert b'"queryType"' in answers[0]
    assert min(times[1:]) < times[0]


def test_introspection_is_made_beside_the_event_loop_and_some_of_it_is_kept(
    edge: RunningEdge, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    execute = PlannedExecutor.execute_operation

    def spy(executor: PlannedExecutor, serially: bool | None = None) -> Any:
        threads.append(threading.current_thread().name)
        return execute(executor, serially)

    monkeypatch.setattr(PlannedExecutor, "execute_operation", spy)
    for number in range(20):
        query = f"{{ __schema {{ q{number}: queryType {{ name }} }} }}"
        assert "errors" not in client.post("/graphql", json={"query": query}).json()
    assert len(threads) == 20
    assert all(name.startswith("documents") for name in threads)
    assert len(edge.edge._http._executions._introspections) <= 8


async def test_others_have_their_turns_while_a_long_list_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "_STRIDE", 0.0)
    schema, turns = a_schema(), 0
    runs = Executions(schema, ToyContext(schema, Bell()), Bounds(), introspection=True, suggestions=True)
    prepared = await runs.prepare(Request("{ node { children(first: 300) { name } } }", {}, None), {})

    async def wait_in_line() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(wait_in_line())
    await runs.execute(prepared)
    others.cancel()
    assert turns >= 300


def test_the_query_pages_own_introspection_passes(client: httpx.Client) -> None:
    script = client.get("/page/docs.js").text
    constants = {
        name: script.split(f"const {name} = ")[1].split(";\n")[0].strip('`"') for name in ("TYPE", "INPUT", "QUERY")
    }
    query = constants["QUERY"].replace("${INPUT}", constants["INPUT"]).replace("${TYPE}", constants["TYPE"])
    assert "errors" not in client.post("/graphql", json={"query": query}).json()


HOSTILE: dict[str, Callable[[], str]] = {
    "doubling fragments": lambda: doubling(40),
    "2,000 times __schema": lambda: "{ " + "__schema { types { name } } " * 2_000 + "}",
    "100,000 tokens": lambda: "{ " + "a " * 100_000 + "}",
    "one field 390 times": lambda: "{ " + "now " * 390 + "}",
    "390 unknown fields": lambda: "{ " + " ".join(f"q{number}" for number in range(390)) + "}",
    "deep selections": lambda: "{ node " + "{ child " * 20_000,
    "deep lists": lambda: "{ products(skus: " + "[" * 15_000,
    "a long comment": lambda: "# " + "x" * 900_000 + "\n{ now }",
    "a long string": lambda: '{ fails(how: "' + "x" * 900_000 + '") }',
    "deep introspection": lambda: "{ __schema { types " + "{ fields { type " * 5 + "{ name }" + "}" * 12,
    "introspection within introspection": lambda: (
        "{ __schema { types { name fields { name type { name fields { name description type { name kind } } } } } } }"
    ),
    "wide introspection": lambda: "{ __schema { types { fields { type { " + "ofType { " * 8 + "name" + "}" * 13,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("token", [None, "Bearer good"])
def test_a_hostile_document_never_holds_the_event_loop(
    edge: RunningEdge, client: httpx.Client, name: str, token: str | None
) -> None:
    headers = {"authorization": token} if token else {}
    text = HOSTILE[name]()
    client.post("/graphql", json={"query": "{ __typename }"})
    # A busy machine holds the loop by itself now and then; a document would do so every time it is new.
    holds: list[float] = []
    while len(holds) < 4 and min(holds, default=1) >= 0.05:
        payload = {"query": f"{text}\n# {len(holds)} {token}"}
        idle = _longest_hold(edge, lambda: time.sleep(0.03))
        hold = _longest_hold(edge, lambda: client.post("/graphql", json=payload, headers=headers))  # noqa: B023
        holds.append(hold - 2 * idle)
    assert min(holds) < 0.05, holds


def _longest_hold(edge: RunningEdge, work: Callable[[], object]) -> float:
    edge.longest_hold = 0.0
    work()
    time.sleep(0.005)
    return edge.longest_hold


def test_known_limits_are_larger_in_every_way() -> None:
    for name in ("bytes", "tokens", "depth", "breadth", "aliases", "directives", "fields"):
        assert getattr(KNOWN_LIMITS, name) > getattr(ANONYMOUS_LIMITS, name)
