"""API keys, on both databases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

import pytest

from modules.access import handlers, service as access
from modules.access.model import RIGHTS, ApiKey, Token
from modules.access.service import KEPT_SECONDS, AccessService
from modules.access.store import AccessStore
from modules.kernel.errors import Forbidden, Unauthenticated
from modules.kernel.events import Change
from modules.kernel.feed import ChangeKind, Delivery
from modules.kernel.viewer import OPERATOR, Permission, Principal, Role
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from modules.runtime.redis import Redis
from tests.builders import a_viewer

OPERATING = a_viewer(OPERATOR)
STOCK = (Permission.STOCK_READ, Permission.STOCK_WRITE)


class Clock:
    """A clock that ticks as told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(database: Database, clock: Clock) -> AccessService:
    return AccessService(AccessStore(database), clock)


async def a_key(service: AccessService, name: str = "ERP") -> tuple[str, str]:
    """A new key for stock: its id, and its text."""
    made = await service.create_api_key(OPERATING, name, STOCK)
    assert made.id is not None
    assert made.key is not None
    return made.id, made.key


async def test_a_key_of_a_role_opens_for_it_with_the_role_s_scopes(service: AccessService) -> None:
    made = await service.create_api_key(OPERATING, "offers", (), Role.MERCHANDISER)
    assert made.key is not None
    principal = await service.principal(made.key)
    assert principal == Principal(f"key:{made.id}", frozenset({Role.MERCHANDISER}), RIGHTS[Role.MERCHANDISER])


async def test_a_new_key_opens_for_an_integrator_with_its_scopes(service: AccessService) -> None:
    id, key = await a_key(service)
    assert await service.principal(key) == Principal(f"key:{id}", frozenset({Role.INTEGRATOR}), frozenset(STOCK))


async def test_a_wrong_secret_opens_nothing_even_of_a_known_key(service: AccessService) -> None:
    id, key = await a_key(service)
    await service.principal(key)
    turned = Token(id, key[-43:][::-1])
    for token in (turned.text, f"cwk_{'0' * 16}_{key[-43:]}", "nonsense", ""):
        assert await service.principal(token) is None


async def test_the_database_holds_no_secret(service: AccessService, database: Database) -> None:
    _, key = await a_key(service)
    await service.principal(key)
    secret = key[-43:]
    for table in ("access_api_key", "runtime_outbox", "runtime_audit"):
        rows = await database.read(f"SELECT * FROM {table}")
        assert rows
        assert secret not in str(rows), table
    audit = await database.read("SELECT after FROM runtime_audit")
    ((digest,),) = await database.read("SELECT hash FROM access_api_key")
    assert digest not in str(audit)


async def test_a_key_in_use_costs_no_statement(service: AccessService, database: Database, clock: Clock) -> None:
    _, key = await a_key(service)
    before = database.statements
    for _ in range(5):
        await service.principal(key)
    assert database.statements == before + 1
    clock.now += KEPT_SECONDS
    await service.principal(key)
    assert database.statements == before + 2


async def test_no_more_than_so_many_keys_are_kept(
    service: AccessService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "MOST_KEPT", 2)
    keys = [(await a_key(service))[1] for _ in range(3)]
    for key in keys:
        await service.principal(key)
    before = database.statements
    await service.principal(keys[2])
    await service.principal(keys[1])
    assert database.statements == before
    await service.principal(keys[0])
    assert database.statements == before + 1


async def test_a_revoked_key_opens_nothing_at_once_and_for_good(service: AccessService) -> None:
    id, key = await a_key(service)
    _, other = await a_key(service, "till")
    assert await service.principal(key)
    done = await service.revoke_api_keys(OPERATING, [id])
    assert (done.changed, done.unchanged, done.problems) == (1, 0, ())
    assert await service.principal(key) is None
    assert await service.principal(other)
    again = await service.revoke_api_keys(OPERATING, [id, "unknown", "\x00"])
    assert (again.changed, again.unchanged) == (0, 1)
    assert [problem.path for problem in again.problems] == [("input", "ids", "1"), ("input", "ids", "2")]


class Lost:
    """A feed that has nothing to tell but that history was lost."""

    @asynccontextmanager
    async def follow(
        self,
        name: str,
        wanted: Callable[[Change], bool],
        after: str | None = None,
        stream: str | None = None,
        keys: Collection[str] | None = None,
        by: str | None = None,
    ) -> AsyncIterator[AsyncIterator[Delivery]]:
        async def deliveries() -> AsyncIterator[Delivery]:
            yield Delivery(ChangeKind.RESYNC, "0-0")

        yield deliveries()


class SlowStore(AccessStore):
    """Answers a read only when it is told to."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.read = asyncio.Event()
        self.go = asyncio.Event()

    async def key(self, id: str) -> ApiKey | None:
        found = await super().key(id)
        self.read.set()
        await self.go.wait()
        return found


async def test_a_read_that_a_revocation_overtakes_is_not_kept(database: Database) -> None:
    store = SlowStore(database)
    service = AccessService(store)
    id, key = await a_key(service)
    asking = asyncio.create_task(service.principal(key))
    await store.read.wait()
    await service.revoke_api_keys(OPERATING, [id])
    store.go.set()
    await asking
    assert await service.principal(key) is None


async def test_a_revocation_reaches_other_processes_by_the_feed(
    service: AccessService, database: Database, redis: Redis
) -> None:
    other, relay, feed = AccessService(AccessStore(database)), Relay(database, redis), StreamFeed(redis)
    tasks = [asyncio.create_task(feed.run()), asyncio.create_task(handlers.follow(other, feed))]
    id, key = await a_key(service)
    try:
        async with asyncio.timeout(10):
            await relay.pass_on()
            assert await other.principal(key)
            await service.revoke_api_keys(OPERATING, [id])
            await relay.pass_on()
            while await other.principal(key):  # noqa: ASYNC110 - what is waited for signals nobody
                await asyncio.sleep(0.01)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_those_who_revoke_the_same_keys_in_another_order_do_not_wait_in_a_circle(service: AccessService) -> None:
    ids = [(await a_key(service))[0] for _ in range(30)]
    orders = (ids, ids[::-1]) * 4
    async with asyncio.timeout(10):
        done = await asyncio.gather(*(service.revoke_api_keys(OPERATING, order) for order in orders))
    assert sum(outcome.changed for outcome in done) == len(ids)


async def test_a_lost_history_forgets_all_keys(service: AccessService, database: Database) -> None:
    other = AccessService(AccessStore(database))
    id, key = await a_key(service)
    assert await other.principal(key)
    await service.revoke_api_keys(OPERATING, [id])
    await handlers.follow(other, Lost())
    assert await other.principal(key) is None


async def test_keys_are_listed_without_what_opens(service: AccessService) -> None:
    first, key = await a_key(service)
    second, _ = await a_key(service, "till")
    await service.revoke_api_keys(OPERATING, [first])
    found = await service.api_keys(OPERATING)
    assert {item.id for item in found} == {first, second}
    erp = next(item for item in found if item.id == first)
    assert (erp.name, erp.ending, erp.permissions) == ("ERP", key[-4:], frozenset(STOCK))
    assert erp.revoked_us is not None


async def test_the_audit_log_tells_who_made_and_who_revoked_a_key(service: AccessService, database: Database) -> None:
    id, _ = await a_key(service)
    await service.revoke_api_keys(OPERATING, [id])
    rows = await database.read("SELECT principal, action, target, before, after FROM runtime_audit ORDER BY id")
    assert [row[:3] for row in rows] == [
        ("operator", "access.create_api_key", f"api_key:{id}"),
        ("operator", "access.revoke_api_key", f"api_key:{id}"),
    ]
    before, after = (json.loads(document) for document in rows[1][3:])
    assert (before["revoked_us"], after["revoked_us"] is None) == (None, False)


async def test_simultaneous_revocations_revoke_once(service: AccessService, database: Database) -> None:
    id, _ = await a_key(service)
    done = await asyncio.gather(*(service.revoke_api_keys(OPERATING, [id]) for _ in range(5)))
    assert sorted(outcome.changed for outcome in done) == [0, 0, 0, 0, 1]
    ((count,),) = await database.read("SELECT count(*) FROM runtime_audit WHERE action = 'access.revoke_api_key'")
    assert count == 1


async def test_keys_are_for_who_may_write_them(service: AccessService) -> None:
    integrator = a_viewer(Principal("key:1", frozenset({Role.INTEGRATOR}), frozenset(STOCK)))
    for viewer, refusal in ((a_viewer(), Unauthenticated), (integrator, Forbidden)):
        for call in (
            service.create_api_key(viewer, "ERP", STOCK),
            service.revoke_api_keys(viewer, ["1"]),
            service.api_keys(viewer),
        ):
            with pytest.raises(refusal):
                await call


async def test_a_refused_key_is_not_made(service: AccessService) -> None:
    made = await service.create_api_key(OPERATING, "", STOCK)
    assert (made.id, made.key, [problem.path for problem in made.problems]) == (None, None, [("input", "name")])
    assert await service.api_keys(OPERATING) == []
