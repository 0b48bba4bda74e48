"""GraphiQL: npm's own files from this checkout with their licences, and nothing of it in production."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from graphql import get_introspection_query
from starlette.applications import Starlette

from gateway.edge import Edge
from gateway.settings import Mode, Settings, read_settings
from tests.gateway.edge.toy import Bell, ToyContext, a_schema

PACKED = {
    "graphiql.min.css": "30487e07635d312a63f647b140d37740a73c53332b0975bf4b1fe985ca6ec885",
    "graphiql.min.js": "867226ba8af5ce7949903fc53932f78dac9f4bfc6cc8da0fd3869b8bc6c5256b",
    "react-dom.production.min.js": "35f4f974f4b2bcd44da73963347f8952e341f83909e4498227d4e26b98f66f0d",
    "react.production.min.js": "d949f1c3687aedadcedac85261865f29b17cd273997e7f6b2bfc53b2f9d4c4dd",
}
"""What npm packs of graphiql 4.1.2, react and react-dom 18.3.1."""


@pytest.mark.parametrize("name", PACKED)
def test_the_bundle_is_npms(client: httpx.Client, name: str) -> None:
    assert sha256(client.get(f"/graphiql/{name}").content).hexdigest() == PACKED[name]


@pytest.mark.parametrize(
    ("name", "holder"), [("LICENSE.graphiql", "GraphQL Contributors"), ("LICENSE.react", "Facebook")]
)
def test_the_licences_lie_beside_it(client: httpx.Client, name: str, holder: str) -> None:
    text = client.get(f"/graphiql/{name}").text
    assert "Permission is hereby granted, free of charge" in text
    assert holder in text


def test_the_page_takes_nothing_from_anywhere_else(client: httpx.Client) -> None:
    page = client.get("/graphiql")
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) == 7
    assert {client.get(path).status_code for path in named} == {200}
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert not re.search(r"https?:|\*|unsafe-eval", policy)
    assert not re.search(r"https?://|eval\(", client.get("/graphiql/start.js").text)


def test_what_it_asks_about_the_schema_is_answered_to_strangers(client: httpx.Client) -> None:
    query = get_introspection_query(input_value_deprecation=True, schema_description=True, specified_by_url=True)
    answer = client.post("/graphql", json={"query": query, "operationName": "IntrospectionQuery"}).json()
    assert "errors" not in answer
    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize("path", ["/", "/graphiql", "/graphiql/graphiql.min.js"])
async def test_there_is_none_in_production(tmp_path: Path, path: str) -> None:
    settings = read_settings({"COGWERK_MODE": "production"}, data=tmp_path)
    assert settings.mode is Mode.PRODUCTION
    assert await status(settings, path) == 404
    assert await status(Settings(data=tmp_path), path) == 200


async def status(settings: Settings, path: str) -> int:
    """What a browser gets there."""
    schema = a_schema()
    edge = Edge(schema, ToyContext(schema, Bell()), settings)
    transport = httpx.ASGITransport(Starlette(routes=edge.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as shop:
        return (await shop.get(path)).status_code
