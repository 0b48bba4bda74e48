"""API keys in the graph."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.schema import GraphSchema
from modules.access.graph import PART
from modules.access.service import AccessService
from modules.access.store import AccessStore
from modules.kernel.errors import Unauthenticated
from modules.kernel.graph import GraphContext
from modules.kernel.viewer import OPERATOR, Viewer
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from tests.builders import a_viewer

SCHEMA = GraphSchema([PART])
CREATE = """
    mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id key problems { __typename path } } }
"""
REVOKE = "mutation ($ids: [ID!]!) { revokeApiKeys(input: { ids: $ids }) { changed unchanged problems { path } } }"
LIST = "{ apiKeys { id name role scopes ending createdAt revokedAt } }"


@pytest.fixture
def service(database: Database) -> AccessService:
    return AccessService(AccessStore(database))


async def run(service: AccessService, feed: StreamFeed, document: str, viewer: Viewer, **variables: object) -> Any:
    context = GraphContext(
        viewer=viewer, feed=feed, services={AccessService: service}, parts=SCHEMA.parts, owners=SCHEMA.owners
    )
    return await SCHEMA.execute(document, variables, context)


async def test_a_key_is_made_shown_once_listed_and_revoked(service: AccessService, feed: StreamFeed) -> None:
    operator = a_viewer(OPERATOR)
    given = {"name": "ERP", "scopes": ["STOCK_WRITE", "STOCK_READ"]}
    made = (await run(service, feed, CREATE, operator, input=given)).data["createApiKey"]
    assert made["problems"] == []
    assert await service.principal(made["key"])
    (listed,) = (await run(service, feed, LIST, operator)).data["apiKeys"]
    assert (listed["id"], listed["name"], listed["scopes"]) == (made["id"], "ERP", ["STOCK_READ", "STOCK_WRITE"])
    assert (made["key"].endswith(listed["ending"]), listed["revokedAt"]) == (True, None)
    revoked = (await run(service, feed, REVOKE, operator, ids=[made["id"], "other"])).data["revokeApiKeys"]
    assert revoked == {"changed": 1, "unchanged": 0, "problems": [{"path": ["input", "ids", "1"]}]}
    assert await service.principal(made["key"]) is None


async def test_a_role_brings_its_scopes_along(service: AccessService, feed: StreamFeed) -> None:
    operator = a_viewer(OPERATOR)
    made = (await run(service, feed, CREATE, operator, input={"name": "plans", "role": "PLANNER"})).data
    assert made["createApiKey"]["problems"] == []
    (listed,) = (await run(service, feed, LIST, operator)).data["apiKeys"]
    assert (listed["role"], listed["scopes"]) == ("PLANNER", ["STOCK_READ", "STOCK_WRITE", "TIME_TRAVEL"])


async def test_strangers_make_no_keys(service: AccessService, feed: StreamFeed) -> None:
    result = await run(service, feed, CREATE, a_viewer(), input={"name": "ERP", "scopes": ["STOCK_READ"]})
    assert [type(error.original_error) for error in result.errors] == [Unauthenticated]


async def test_a_key_without_scopes_is_a_problem(service: AccessService, feed: StreamFeed) -> None:
    result = await run(service, feed, CREATE, a_viewer(OPERATOR), input={"name": "ERP", "scopes": []})
    problem = {"__typename": "InvalidInput", "path": ["input", "scopes"]}
    assert result.data["createApiKey"] == {"id": None, "key": None, "problems": [problem]}
