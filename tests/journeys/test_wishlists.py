"""A product that is back reaches the person who asked to be told: on the screen, and by mail."""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import re
import signal
import uuid
from email.message import EmailMessage
from typing import Any

import httpx

from tests.gateway_process import GatewayProcess
from tests.journeys.client import Shop, operation
from tests.journeys.test_crash import redis_child

CREATE = """
mutation ($key: String!) {
  createWishlist(input: { idempotencyKey: $key, name: "Workshop" }) { key wishlist { id } problems { message } }
}
"""


class Wish:
    """A guest's list with a product of its own that is out of stock and watched, by mail too."""

    def __init__(self, gateway: GatewayProcess, address: str) -> None:
        self.gateway = gateway
        self.shopper = Shop(gateway.url)
        self.operator = Shop(gateway.url, token=gateway.token())
        self.address = address
        self.sku = f"WISH-{uuid.uuid4().hex[:8]}"
        self.key = self.id = ""

    async def begin(self) -> None:
        product = {"sku": self.sku, "titles": [{"locale": "de", "text": "Werkbank"}, {"locale": "en", "text": "Bench"}]}
        command = {"idempotencyKey": str(uuid.uuid4()), "reason": "new"}
        await self.operator.run(operation("backoffice", "upsert_products"), input={**command, "products": [product]})
        await self.count("0")
        made = (await self.shopper.run(CREATE, key=str(uuid.uuid4())))["createWishlist"]
        self.key, self.id = made["key"], made["wishlist"]["id"]
        add = [{"id": "a", "operation": {"addItems": [{"sku": self.sku}]}}]
        document = operation("storefront", "apply_wishlist_operations")
        done = (await self.shopper.run(document, key=self.key, id=self.id, operations=add))["applyWishlistOperations"]
        items = [{"itemId": done["wishlist"]["items"][0]["id"]}]
        document = operation("storefront", "watch_wishlist_items")
        watched = await self.shopper.run(document, key=self.key, id=self.id, items=items, mail=self.address)
        assert watched["watchWishlistItems"]["problems"] == []

    async def count(self, on_hand: str) -> None:
        command = {"idempotencyKey": str(uuid.uuid4()), "reason": "count"}
        levels = [{"sku": self.sku, "source": "berlin", "onHand": on_hand}]
        data = await self.operator.run(operation("backoffice", "set_stock_levels"), input={**command, "levels": levels})
        assert data["setStockLevels"]["problems"] == []

    async def mails(self, kind: str, count: int = 1) -> list[EmailMessage]:
        """Mails of a kind to this address, when there are so many."""
        async with asyncio.timeout(30):
            while len(found := self.found(kind)) < count:  # noqa: ASYNC110 - a mailbox tells nobody
                await asyncio.sleep(0.02)
        return found

    def found(self, kind: str) -> list[EmailMessage]:
        files = (self.gateway.data / "mail").glob(f"wishlist-{kind}-*.eml")
        found = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
        return [each for each in found if isinstance(each, EmailMessage) and each["To"] == self.address]

    async def confirm(self) -> None:
        (question,) = await self.mails("confirm")
        link = link_in(question, "confirm")
        async with httpx.AsyncClient() as client:
            asked = await client.get(link)
            assert '<form method="post">' in asked.text
            assert not await self.confirmed()  # a program that follows links says nothing for a person
            assert (await client.post(link)).status_code == 200
        assert await self.confirmed()

    async def confirmed(self) -> bool:
        document = "query ($key: String!, $id: ID!) { wishlist(key: $key, id: $id) { items { watch { confirmed } } } }"
        (item,) = (await self.shopper.run(document, key=self.key, id=self.id))["wishlist"]["items"]
        return bool(item["watch"]["confirmed"])

    def follow(self, after: str | None = None) -> Any:
        document = operation("storefront", "wishlist_changed")
        return self.shopper.subscribe(document, key=self.key, id=self.id, after=after)


def link_in(mail: EmailMessage, act: str) -> str:
    found = re.search(rf"http://\S+/mail/{act}/\S+", mail.get_content())
    assert found
    return found[0]


async def next_news(events: Any) -> list[dict[str, Any]]:
    """The next event that has some."""
    while True:
        event = await events.next()
        if event["news"]:
            return list(event["news"])


async def test_what_is_back_is_seen_and_mailed_and_one_click_ends_it(gateway: GatewayProcess) -> None:
    wish = Wish(gateway, f"{uuid.uuid4().hex[:8]}@example.com")
    await wish.begin()
    await wish.confirm()
    async with wish.follow() as events:
        assert (await events.next())["kind"] == "SNAPSHOT"
        await wish.count("5")
        (news,) = await next_news(events)
    assert (news["sku"], news["kind"]) == (wish.sku, "BACK_IN_STOCK")
    (letter,) = await wish.mails("news")
    assert "Werkbank ist wieder lieferbar." in letter.get_content()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    one_click = str(letter["List-Unsubscribe"]).strip("<>")
    async with httpx.AsyncClient() as client:
        done = await client.post(one_click, data={"List-Unsubscribe": "One-Click"})
    assert (done.status_code, await wish.confirmed()) == (200, False)
    assert wish.address not in gateway.log()


async def test_news_survive_the_death_of_redis_and_of_the_gateway_and_come_once(own_gateway: GatewayProcess) -> None:
    """kill -9 between the commit of the stock and the look at who waits for it."""
    wish = Wish(own_gateway, "anna@example.com")
    await wish.begin()
    await wish.confirm()
    async with wish.follow() as events:
        cursor = (await events.next())["cursor"]
    child = redis_child(own_gateway)
    os.kill(child, signal.SIGSTOP)
    await wish.count("5")
    own_gateway.kill()
    os.kill(child, signal.SIGKILL)
    own_gateway.start()
    async with wish.follow(after=cursor) as events:
        (news,) = await next_news(events)
    assert news["sku"] == wish.sku
    await wish.mails("news")
    own_gateway.kill()
    own_gateway.start()
    await wish.count("0")
    await wish.count("7")  # within the quiet time: nothing more
    await wish.count("8")
    assert len(wish.found("news")) == 1
