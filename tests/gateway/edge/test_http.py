"""GraphQL over HTTP: media types, status codes, and every malformed request answered in GraphQL's form."""

from __future__ import annotations

import gzip
import json
import socket
import time
from typing import Any

import httpx
import pytest

from gateway.edge import Bounds
from gateway.edge.media import JSON, RESPONSE, negotiate
from tests.gateway.edge.running import RunningEdge, running_edge
from tests.gateway.edge.toy import LISTING

NAME = {"query": "{ __typename }"}
OK = {"data": {"__typename": "Query"}}


def ask(client: httpx.Client, payload: Any, accept: str = RESPONSE, **headers: str) -> httpx.Response:
    return client.post("/graphql", json=payload, headers={"accept": accept, **headers})


def code(answer: httpx.Response) -> str:
    body = answer.json()
    assert "data" not in body
    return str(body["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", RESPONSE),
        ("application/json, application/graphql-response+json;q=0.5", JSON),
        ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", RESPONSE),
        ("APPLICATION/GRAPHQL-RESPONSE+JSON;charset=UTF-8", RESPONSE),
        ("application/graphql-response+json;q=0, */*;q=0.1", JSON),
    ],
)
def test_the_media_type_is_the_one_the_client_prefers(accept: str, media: str) -> None:
    assert negotiate(accept).single == media


def test_a_client_that_takes_neither_media_type_gets_406(client: httpx.Client) -> None:
    answer = ask(client, NAME, "text/html")
    assert (answer.status_code, code(answer)) == (406, "BAD_REQUEST")


def test_a_query_is_answered_by_post_and_by_get(client: httpx.Client) -> None:
    assert ask(client, NAME).json() == OK
    answer = client.get("/graphql", params={"query": "query A { __typename }", "operationName": "A", "variables": "{}"})
    assert answer.json() == OK
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"1",
        b'"a"',
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b"{}",
        b'{"query": 1}',
        b'{"query": ""}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "variables": "{}"}',
        b'{"query": "{ __typename }", "extensions": 0}',
        b'{"query": "{ __typename }", "operationName": false}',
        b'{"query": "\xff\xfe"}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ __typename }"',
        b"[" * 100_000,
        b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
    ],
)
def test_a_malformed_body_is_400_and_says_why(client: httpx.Client, body: bytes) -> None:
    for accept in (JSON, RESPONSE):
        headers = {"content-type": JSON, "accept": accept}
        answer = client.post("/graphql", content=body, headers=headers)
        assert answer.status_code == 400
        assert code(answer) == "BAD_REQUEST"
        assert answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("media", ["Application/JSON; charset=utf-8", 'application/json;charset="UTF-8"'])
def test_the_content_type_is_read_without_regard_to_case(client: httpx.Client, media: str) -> None:
    assert client.post("/graphql", content=json.dumps(NAME), headers={"content-type": media}).json() == OK


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_a_post_of_anything_but_json_is_415(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = client.post("/graphql", content=json.dumps(NAME), headers=headers)
    assert (answer.status_code, code(answer)) == (415, "BAD_REQUEST")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_405_and_named(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_a_mutation_by_get_is_405_and_not_run(client: httpx.Client, edge: RunningEdge) -> None:
    answer = client.get("/graphql", params={"query": 'mutation { write(text: "by get") }'})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "by get" not in edge.bell.written


@pytest.mark.parametrize("mode", ["no-cors", "navigate"])
def test_a_get_that_a_page_can_make_without_asking_is_refused(client: httpx.Client, mode: str) -> None:
    headers = {"sec-fetch-mode": mode}
    assert client.get("/graphql", params=NAME, headers=headers).status_code == 403
    assert client.get("/graphql", params=NAME, headers={**headers, "x-requested-with": "till"}).json() == OK


@pytest.mark.parametrize(
    "query", ["query=%7B__typename%7D&query=x", "query={__typename}&variables=[", "variables={}", "a=1&" * 30]
)
def test_a_malformed_query_string_is_400(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/graphql?{query}")
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query ($s: Float!) { slow(seconds: $s) }"}, "BAD_USER_INPUT"),
        ({"query": "query ($s: Float!) { slow(seconds: $s) }", "variables": {"s": "soon"}}, "BAD_USER_INPUT"),
        ({"query": "query A { __typename } query B { __typename }"}, "BAD_USER_INPUT"),
        ({"query": "query A { __typename }", "operationName": "C"}, "BAD_USER_INPUT"),
        ({"query": "fragment F on Query { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription { ticks { number } }"}, "BAD_REQUEST"),
    ],
)
def test_a_refused_document_is_400_without_data_and_200_for_old_clients(
    client: httpx.Client, payload: dict[str, Any], expected: str
) -> None:
    answer = ask(client, payload)
    assert (answer.status_code, code(answer)) == (400, expected)
    assert ask(client, payload, JSON).status_code == 200


def test_an_operation_among_several_is_found_by_name(client: httpx.Client) -> None:
    payload = {"query": "query A { a: __typename } query B { b: __typename }", "operationName": "B"}
    assert ask(client, payload).json() == {"data": {"b": "Query"}}


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        ({"authorization": "Bearer bad"}, 401, "UNAUTHENTICATED"),
        ({"cogwerk-channel": "mars"}, 400, "UNKNOWN_CHANNEL"),
        ({"cogwerk-channel": "down"}, 503, "UNAVAILABLE"),
        ({"cogwerk-channel": "bug"}, 500, "INTERNAL_SERVER_ERROR"),
    ],
)
def test_a_sender_that_cannot_be_placed_is_told_by_status_and_code(
    client: httpx.Client, headers: dict[str, str], status: int, expected: str
) -> None:
    answer = ask(client, NAME, **headers)
    assert (answer.status_code, code(answer)) == (status, expected)
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_two_tokens_are_no_valid_one(client: httpx.Client) -> None:
    headers = [("authorization", "Bearer good"), ("authorization", "Bearer good"), ("content-type", JSON)]
    assert client.post("/graphql", content=json.dumps(NAME), headers=headers).status_code == 401


def test_a_large_answer_is_packed_when_the_client_asks(client: httpx.Client) -> None:
    plain = client.post("/graphql", json={"query": LISTING}, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.stream("POST", "/graphql", json={"query": LISTING}, headers={"accept-encoding": "br, gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 3
    assert "content-encoding" not in ask(client, NAME).headers
    refused = client.post("/graphql", json={"query": LISTING}, headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


def test_a_body_beyond_the_limit_is_413_announced_or_not() -> None:
    with running_edge(Bounds(body_bytes=1_000)) as edge, httpx.Client(trust_env=False) as client:
        large = json.dumps({"query": "{ __typename }" + " " * 2_000}).encode()
        answers = [
            client.post(edge.url, content=content, headers={"content-type": JSON})
            for content in (large, (large[at : at + 100] for at in range(0, len(large), 100)))
        ]
    assert [(answer.status_code, code(answer)) for answer in answers] == [(413, "LIMIT_EXCEEDED")] * 2


def test_a_body_that_does_not_come_is_408() -> None:
    with running_edge(Bounds(body_time=0.2)) as edge:
        host, port = edge.host.split(":")
        with socket.create_connection((host, int(port)), timeout=10) as slow:
            head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"
            slow.sendall(head.encode())
            began = time.monotonic()
            assert slow.recv(4_000).startswith(b"HTTP/1.1 408")
            assert time.monotonic() - began < 5


def test_an_operation_beyond_the_time_limit_is_stopped(client: httpx.Client) -> None:
    with running_edge(Bounds(request_time=0.2)) as edge:
        answer = client.post(edge.url, json={"query": "{ slow(seconds: 20) }"})
    assert (answer.status_code, code(answer)) == (504, "TIMEOUT")


@pytest.mark.parametrize("body", [b"null", b'{"query": "{ nothing }"}', b'{"query": "{ now }"}'])
def test_no_answer_is_kept_by_a_cache_or_taken_for_what_it_is_not(client: httpx.Client, body: bytes) -> None:
    headers = client.post("/graphql", content=body, headers={"content-type": "application/json"}).headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_every_operation_has_a_fresh_now(client: httpx.Client) -> None:
    first, second = (client.post("/graphql", json={"query": "{ now }"}).json()["data"]["now"] for _ in range(2))
    assert first < second


def test_without_introspection_the_schema_and_its_page_are_closed(client: httpx.Client) -> None:
    with running_edge(introspection=False) as edge:
        answer = ask(client, NAME)
        closed = client.post(
            edge.url, json={"query": "{ __schema { queryType { name } } }"}, headers={"accept": RESPONSE}
        )
        service = client.post(edge.url, json={"query": "{ _service { sdl } }"})
        page = client.get(f"http://{edge.host}/")
    assert "sdl" not in service.text
    assert code(service) == "GRAPHQL_VALIDATION_FAILED"
    assert answer.status_code == 200
    assert (closed.status_code, code(closed)) == (400, "GRAPHQL_VALIDATION_FAILED")
    assert page.status_code == 404
