"""Who asks, for whom, and from where: what the headers of a request become."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.address import PEER, asked_from
from gateway.auth import Authenticator
from gateway.identity import DevelopmentIssuer, open_tokens
from gateway.settings import Settings, read_settings
from gateway.wiring import wire_trade
from modules.customers.model import CustomerInput
from modules.kernel.customer import Profile
from modules.kernel.errors import Forbidden, ForeignPlace, Unauthenticated, UnknownCustomer
from modules.kernel.names import CustomerId
from modules.kernel.viewer import OPERATOR, Permission, Role, Viewer
from modules.runtime.database import Database
from tests.builders import a_viewer

TOKEN = "t" * 32
OPERATING = {"authorization": f"Bearer {TOKEN}"}
PROXIES = read_settings({"COGWERK_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1"}).trusted_proxies


class Door:
    """The authenticator of a shop with one customer, and API keys to try it with."""

    def __init__(self, database: Database) -> None:
        self.trade = wire_trade(database)
        self.authenticator = Authenticator(
            self.trade.market, self.trade.access, self.trade.customers, TOKEN, proxies=PROXIES
        )

    async def key(self, *scopes: Permission) -> dict[str, str]:
        """The header of a new key with these scopes."""
        made = await self.trade.access.create_api_key(a_viewer(OPERATOR), "test", scopes)
        return {"authorization": f"Bearer {made.key}"}


@pytest.fixture
async def door(database: Database) -> Door:
    door = Door(database)
    customers = [CustomerInput(id="c-1", groups=["club"])]
    await door.trade.customers.upsert_customers(a_viewer(OPERATOR), customers, "test")
    return door


async def test_who_may_act_for_customers_asks_as_the_one_that_is_named(door: Door) -> None:
    for bearer in (OPERATING, await door.key(Permission.CUSTOMERS_ACT)):
        viewer = await door.authenticator.viewer({**bearer, "cogwerk-customer": "c-1"})
        assert viewer.customer == Profile(CustomerId("c-1"), frozenset({"club"}))


async def test_without_the_header_nobody_is_asked_for(door: Door) -> None:
    for headers in (OPERATING, {}, {"cogwerk-customer": ""}):
        assert (await door.authenticator.viewer(headers)).customer is None


@pytest.mark.parametrize("id", ["c-1", "nobody"])
async def test_who_may_not_does_not_learn_whether_there_is_such_a_customer(door: Door, id: str) -> None:
    others = await door.key(*set(Permission) - {Permission.CUSTOMERS_ACT})
    with pytest.raises(Forbidden):
        await door.authenticator.viewer({**others, "cogwerk-customer": id})
    with pytest.raises(Unauthenticated):
        await door.authenticator.viewer({"cogwerk-customer": id})


@pytest.mark.parametrize("id", ["nobody", "c-1, c-1", "jo@example.org"])
async def test_a_customer_that_there_is_not_is_an_error_of_its_own(door: Door, id: str) -> None:
    with pytest.raises(UnknownCustomer) as unknown:
        await door.authenticator.viewer({**OPERATING, "cogwerk-customer": id})
    assert unknown.value.code == "UNKNOWN_CUSTOMER"


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.7, spoofed", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::2", "2001:db8::2"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("", "198.51.100.7", ""),
    ],
)
def test_the_address_is_the_nearest_that_is_no_trusted_proxy(peer: str, forwarded: str, expected: str) -> None:
    assert asked_from({PEER: peer, "x-forwarded-for": forwarded}, PROXIES) == expected


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert read_settings({}).trusted_proxies == ()
    assert asked_from({PEER: "127.0.0.1", "x-forwarded-for": "198.51.100.7"}, ()) == "127.0.0.1"


async def test_the_viewer_has_the_address_and_does_not_show_it(door: Door) -> None:
    viewer = await door.authenticator.viewer({PEER: "10.0.0.1", "x-forwarded-for": "198.51.100.7"})
    assert viewer.address == "198.51.100.7"
    assert "198.51.100.7" not in repr(viewer)


@pytest.fixture
def issuer(tmp_path: Path) -> DevelopmentIssuer:
    return DevelopmentIssuer(tmp_path)


@pytest.fixture
def guarded(door: Door, issuer: DevelopmentIssuer, tmp_path: Path) -> Callable[..., Awaitable[Viewer]]:
    """Who asks with a token of these roles, places and customer, and further headers."""
    tokens = open_tokens(Settings(data=tmp_path))
    authenticator = Authenticator(door.trade.market, door.trade.access, door.trade.customers, TOKEN, tokens=tokens)

    async def ask(role: Role = Role.SHOPPER, headers: dict[str, str] | None = None, **claims: Any) -> Viewer:
        token = issuer.issue("u-1", [role], **claims)
        return await authenticator.viewer({"authorization": f"Bearer {token}", **(headers or {})})

    return ask


async def test_a_shopper_with_an_account_asks_for_themselves(guarded: Callable[..., Awaitable[Viewer]]) -> None:
    viewer = await guarded(customer="c-1")
    assert viewer.customer == Profile(CustomerId("c-1"), frozenset({"club"}))
    assert viewer.principal.permissions == frozenset()


async def test_an_account_that_the_shop_does_not_know_yet_is_a_guests(
    guarded: Callable[..., Awaitable[Viewer]],
) -> None:
    assert (await guarded(customer="c-9")).customer is None


async def test_a_shopper_asks_for_nobody_else(guarded: Callable[..., Awaitable[Viewer]]) -> None:
    with pytest.raises(Forbidden):
        await guarded(customer="c-1", headers={"cogwerk-customer": "c-2"})


async def test_a_service_agent_asks_for_customers(guarded: Callable[..., Awaitable[Viewer]]) -> None:
    viewer = await guarded(Role.SERVICE_AGENT, headers={"cogwerk-customer": "c-1"})
    assert viewer.customer is not None
    assert viewer.principal.id == "user:u-1"


async def test_a_token_is_used_in_its_own_channels_alone(guarded: Callable[..., Awaitable[Viewer]], door: Door) -> None:
    here = door.trade.market.channel(None).id
    assert (await guarded(channels=[here])).channel.id == here
    with pytest.raises(ForeignPlace) as foreign:
        await guarded(channels=["elsewhere"])
    assert (foreign.value.code, foreign.value.allowed) == ("FORBIDDEN", ("elsewhere",))
