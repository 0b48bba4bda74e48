"""Public clients and judges, where node is there to run them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.edge.running import RunningEdge
from tests.node_packages import node_home

CLIENTS = Path(__file__).parent / "clients"
Node = Callable[..., Any]


@pytest.fixture(scope="session")
def node() -> Node:
    """Runs one of our scripts and gives its JSON; skips where node or its packages cannot be had."""
    home = node_home(CLIENTS / "package.json")

    def run(script: str, *arguments: str) -> Any:
        command = ["node", str(CLIENTS / script), *arguments]
        done = subprocess.run(command, cwd=home, check=True, capture_output=True, timeout=60)
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def streamed(node: Node, edge: RunningEdge) -> Any:
    """What three clients had of the same subscription over HTTP."""
    return node("streams.cjs", edge.url)


def test_all_61_audits_of_graphql_over_http_pass(node: Node, edge: RunningEdge) -> None:
    results = node("audit.cjs", edge.url)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 61


def test_the_graphql_ws_client_runs_all_kinds_of_operation_on_one_socket(node: Node, edge: RunningEdge) -> None:
    ticks, failed, secure = node("subscriber.cjs", f"ws://{edge.host}/graphql")
    assert [value["data"]["ticks"]["number"] for value in ticks["values"]] == [0, 1, 2]
    assert failed["error"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert secure["values"] == [{"data": {"secure": "open"}}]


def test_the_graphql_sse_client_has_subscriptions_queries_and_refusals(streamed: Any) -> None:
    ticks, query, refused = streamed["sse"]
    assert [value["data"]["ticks"]["number"] for value in ticks["values"]] == [0, 1, 2]
    assert query["values"] == [{"data": {"__typename": "Query"}}]
    assert refused["values"][0]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_urql_has_its_queries_as_json_and_its_subscriptions_as_events(streamed: Any) -> None:
    assert streamed["urql"] == {"ticks": [0, 1, 2], "query": {"__typename": "Query"}}


def test_apollo_client_has_its_subscriptions_as_parts(streamed: Any) -> None:
    assert streamed["apollo"]["ticks"] == [0, 1, 2]
