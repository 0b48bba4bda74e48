"""Errors as clients see them: codes and data of expected ones, a log id for all others."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from gateway.settings import Mode
from tests.gateway.edge.running import running_edge
from tests.gateway.edge.toy import SECRET


def ask(client: httpx.Client, query: str, **headers: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/graphql", json={"query": query}, headers=headers).json()
    return answer


@pytest.mark.parametrize(
    ("how", "extensions"),
    [
        ("argument", {"code": "BAD_USER_INPUT", "argument": "first", "allowed": "1 to 100"}),
        ("refused", {"code": "INVALID_INPUT", "path": ["input", "day"], "allowed": "monday"}),
        (
            "stock",
            {
                "code": "INSUFFICIENT_STOCK",
                "path": ["input", "lines", "0"],
                "sku": "A",
                "available": "1",
                "requested": "2",
            },
        ),
        ("place", {"code": "UNKNOWN_CHANNEL", "kind": "channel", "allowed": ["web", "app"]}),
        ("down", {"code": "UNAVAILABLE", "system": "The database"}),
    ],
)
def test_an_expected_error_carries_its_code_and_data(
    client: httpx.Client, how: str, extensions: dict[str, object]
) -> None:
    answer = ask(client, f'{{ now fails(how: "{how}") }}')
    assert answer["data"]["fails"] is None
    assert answer["data"]["now"]
    (error,) = answer["errors"]
    assert error["extensions"] == extensions
    assert error["path"] == ["fails"]
    assert error["locations"] == [{"line": 1, "column": 7}]


def test_an_unexpected_error_is_masked_and_logged_under_its_id(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = ask(client, '{ fails(how: "bug") }', authorization="Bearer good")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert SECRET not in str(answer)
    (record,) = [record for record in caplog.records if error["extensions"]["logId"] in record.getMessage()]
    assert record.exc_info
    assert "Bearer" not in caplog.text
    assert "how:" not in caplog.text


@pytest.mark.parametrize("query", ["{ wrong }", "{ odd }"])
def test_an_answer_of_ours_that_breaks_the_schema_is_masked(client: httpx.Client, query: str) -> None:
    (error,) = ask(client, query)["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


def test_a_missing_right_is_unauthenticated_for_a_stranger(client: httpx.Client) -> None:
    (error,) = ask(client, "{ secure }")["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert ask(client, "{ secure }", authorization="Bearer good") == {"data": {"secure": "open"}}


def test_a_module_that_is_down_is_named_in_the_extensions(client: httpx.Client) -> None:
    answer = ask(client, "{ products(first: 2) { edges { node { sku rating title } } } }")
    assert "errors" not in answer
    assert [edge["node"]["rating"] for edge in answer["data"]["products"]["edges"]] == [None, None]
    assert [item["module"] for item in answer["extensions"]["unavailable"]] == ["ratings"]


def test_an_argument_that_does_not_fit_is_the_clients_error(client: httpx.Client) -> None:
    query = "mutation ($lines: [Line!]!) { buy(lines: $lines) }"
    variables = {"lines": [{"sku": "a", "quantity": "one"}]}
    (error,) = client.post("/graphql", json={"query": query, "variables": variables}).json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "'$lines' has invalid value at [0].quantity" in error["message"]
    (error,) = ask(client, "{ products(first: 0) { hasNextPage } }")["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "first", "allowed": "1 to 100"}


@pytest.mark.parametrize(
    "query",
    [
        "{ wish(wish: {}) }",
        '{ wish(wish: {sku: "a", group: "b"}) }',
        "{ wish(wish: {sku: null}) }",
        "{ wish(wish: {sku: $unknown}) }",
        "fragment F on Query { wish(wish: {sku: $sku}) } query ($sku: String) { ...F }",
    ],
)
def test_exactly_one_member_of_a_one_of_input_is_given(client: httpx.Client, query: str) -> None:
    codes = {error["extensions"]["code"] for error in ask(client, query)["errors"]}
    assert codes == {"GRAPHQL_VALIDATION_FAILED"}


def test_a_one_of_member_in_a_fragment_before_its_operation_is_valid(client: httpx.Client) -> None:
    query = "fragment F on Query { wish(wish: {sku: $sku}) } query ($sku: String!) { ...F }"
    answer = client.post("/graphql", json={"query": query, "variables": {"sku": "a"}}).json()
    assert answer == {"data": {"wish": "a"}}


def test_names_are_hinted_at_in_development_only(client: httpx.Client) -> None:
    assert "Did you mean" in str(ask(client, "{ product }"))
    with running_edge(mode=Mode.PRODUCTION) as edge:
        wrong = [{"query": "{ product }"}, {"query": "query ($l: Lin!) { __typename }"}]
        answers = [client.post(edge.url, json=payload).text for payload in wrong]
    assert all("Did you mean" not in answer for answer in answers)
