"""Persisted operations: automatic ones in open mode, registered ones alone when locked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.edge.errors import Rejected
from gateway.edge.operations import Named, Operations, read_id, read_manifests
from gateway.settings import SettingsError, read_settings
from tests.gateway.edge.running import running_edge
from tests.gateway.edge.test_websocket import greeted, hear, say

NAME = "query Name { __typename }"
WIDE = "query Wide { " + " ".join(f"a{number}: __typename" for number in range(90)) + " }"
"""More aliases than a stranger may send."""


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(id: str, **payload: Any) -> dict[str, Any]:
    return {**payload, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": id}}}


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As Apollo's tool writes it."""
    file = tmp_path_factory.mktemp("operations") / "manifest.json"
    operations = [
        {"id": digest(text), "name": name, "type": "query", "body": text}
        for name, text in (("Name", NAME), ("Wide", WIDE))
    ]
    file.write_text(json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}))
    return file


@pytest.fixture(scope="module")
def locked(manifest: Path) -> Iterator[httpx.Client]:
    """Speaks to a server that serves registered operations alone."""
    with (
        running_edge(operations=(manifest,), locked=True) as edge,
        httpx.Client(base_url=f"http://{edge.host}", trust_env=False) as client,
    ):
        yield client


def test_a_hash_is_enough_once_its_text_was_sent_beside_it(client: httpx.Client) -> None:
    text = "query Fresh { __typename }"
    unknown = client.post("/graphql", json=persisted(digest(text)))
    assert (unknown.json()["errors"][0]["message"], code(unknown)) == (
        "PersistedQueryNotFound",
        "PERSISTED_QUERY_NOT_FOUND",
    )
    for payload in (persisted(digest(text), query=text), persisted(digest(text))):
        assert client.post("/graphql", json=payload).json() == {"data": {"__typename": "Query"}}
    extensions = json.dumps(persisted(digest(text))["extensions"])
    assert client.get("/graphql", params={"extensions": extensions}).json() == {"data": {"__typename": "Query"}}
    assert client.get("/graphql", params={"documentId": f"sha256:{digest(text)}"}).json() == {
        "data": {"__typename": "Query"}
    }


def test_a_hash_of_another_text_is_refused_and_not_remembered(client: httpx.Client) -> None:
    wrong = digest("query Wrong { __typename }")
    assert code(client.post("/graphql", json=persisted(wrong, query="{ other: __typename }"))) == "BAD_REQUEST"
    assert code(client.post("/graphql", json=persisted(wrong))) == "PERSISTED_QUERY_NOT_FOUND"


def test_a_text_that_is_not_valid_is_not_remembered(client: httpx.Client) -> None:
    text = "{ nothing }"
    assert code(client.post("/graphql", json=persisted(digest(text), query=text))) == "GRAPHQL_VALIDATION_FAILED"
    assert code(client.post("/graphql", json=persisted(digest(text)))) == "PERSISTED_QUERY_NOT_FOUND"


def test_automatic_ones_are_bounded_and_the_least_recently_used_goes_first() -> None:
    operations = Operations()
    texts = [f"query Number{number} {{ __typename }}" for number in range(1_001)]
    for text in texts:
        operations.keep(text, digest(text))
    with pytest.raises(Rejected):
        operations.find("", digest(texts[0]))
    assert operations.find("", digest(texts[-1])) == Named(texts[-1])


@pytest.mark.parametrize(
    "payload",
    [
        {"documentId": 1},
        {"documentId": ""},
        {"documentId": "x" * 201},
        {"extensions": {"persistedQuery": 1}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "a"}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
    ],
)
def test_an_id_of_another_form_is_refused_by_name(payload: dict[str, Any]) -> None:
    with pytest.raises(Rejected):
        read_id(payload)


@pytest.mark.parametrize(
    "payload",
    [
        {"documentId": digest(NAME)},
        {"documentId": f"sha256:{digest(NAME)}"},
        {"query": NAME},
        persisted(digest(NAME)),
        persisted(digest(NAME), query=NAME),
    ],
)
def test_a_registered_operation_is_served_however_it_is_named(locked: httpx.Client, payload: dict[str, Any]) -> None:
    assert locked.post("/graphql", json=payload).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "payload",
    [
        {"query": "{ __typename }"},
        {"query": NAME + " "},
        persisted(digest("{ __typename }"), query="{ __typename }"),
        persisted("0" * 64),
        persisted(digest(NAME), query="{ __typename }"),
    ],
)
def test_nothing_else_is_served_when_locked(locked: httpx.Client, payload: dict[str, Any]) -> None:
    answer = locked.post("/graphql", json=payload, headers={"authorization": "Bearer good"})
    assert (answer.status_code, code(answer)) == (200, "OPERATION_NOT_REGISTERED")


def test_a_registered_operation_has_the_limits_of_known_senders(locked: httpx.Client, client: httpx.Client) -> None:
    assert len(locked.post("/graphql", json={"documentId": digest(WIDE)}).json()["data"]) == 90
    assert code(client.post("/graphql", json={"query": WIDE})) == "LIMIT_EXCEEDED"


async def test_sockets_are_locked_too(manifest: Path) -> None:
    with running_edge(operations=(manifest,), locked=True) as edge:
        async with greeted(edge) as socket:
            await say(socket, id="a", type="subscribe", payload={"query": "{ __typename }"})
            refused = await hear(socket)
            assert (refused["type"], refused["id"]) == ("error", "a")
            assert refused["payload"][0]["extensions"]["code"] == "OPERATION_NOT_REGISTERED"
            await say(socket, id="b", type="subscribe", payload={"documentId": digest(NAME)})
            assert (await hear(socket))["payload"] == {"data": {"__typename": "Query"}}


def test_a_plain_object_of_ids_is_a_manifest_too(tmp_path: Path) -> None:
    file = tmp_path / "plain.json"
    file.write_text(json.dumps({"name-v1": NAME, "sha256:ab": WIDE}))
    assert read_manifests((file,)) == {"name-v1": NAME, "ab": WIDE}


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"operations": [{"id": "a"}]}', '{"operations": {}}'])
def test_a_file_that_is_no_manifest_is_named_with_what_is_allowed(tmp_path: Path, content: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(content)
    with pytest.raises(SettingsError, match=r"COGWERK_OPERATIONS.*bad\.json"):
        read_manifests((file,))


def test_one_id_for_two_operations_is_refused(tmp_path: Path) -> None:
    for name, text in (("a", NAME), ("b", WIDE)):
        (tmp_path / name).write_text(json.dumps({"same": text}))
    with pytest.raises(SettingsError, match="same is another elsewhere"):
        read_manifests((tmp_path / "a", tmp_path / "b"))


def test_a_gateway_cannot_be_locked_without_operations(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="COGWERK_LOCKED"):
        read_settings({"COGWERK_LOCKED": "on"})
    file = tmp_path / "manifest.json"
    settings = read_settings({"COGWERK_LOCKED": "on", "COGWERK_OPERATIONS": str(file)})
    assert (settings.locked, settings.operations) == (True, (file,))
