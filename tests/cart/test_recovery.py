"""A link to a cart is mailed to whoever wants to find it again; nobody is flooded with mails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from gateway.mail.texts import write
from modules.cart.model import CartNotFound
from modules.cart.model.keys import CartMailLimit, CartRightRequired, Right
from modules.cart.service import LinkInput, MailDone, MailInput, RecoveryService
from modules.cart.store import MailLimits
from modules.kernel.errors import IdempotencyConflict, InvalidInput, Unavailable
from modules.kernel.names import Locale
from modules.kernel.notification import Notification
from modules.runtime.redis import Redis
from tests.cart.shop import SECRET, Shop, a_shelf

ANNA = "anna@example.com"


@dataclass
class Mailbox:
    """Takes notifications once by their ids, as the desk does."""

    sent: dict[str, Notification] = field(default_factory=dict)
    open: bool = True

    def offered(self) -> bool:
        return self.open

    async def send(self, notifications: Sequence[Notification]) -> None:
        for notification in notifications:
            self.sent.setdefault(notification.id, notification)

    async def withdraw(self, ids: Sequence[str]) -> None:
        raise AssertionError("nothing is withdrawn")


class Desk:
    """A shop that sends mails."""

    def __init__(self, redis: Redis) -> None:
        self.shop = Shop(redis, a_shelf())
        self.box = Mailbox()
        limits = MailLimits(redis, SECRET)
        self.service = RecoveryService(self.shop.links, limits, self.box, "https://shop.example/cart#{key}")
        self.shop.services.append(self.service)

    async def a_key(self) -> str:
        """The owner's key of a new cart."""
        made = await self.shop.service.create(self.shop.viewer, "7f3b2a66-8b0f-4f6f")
        assert made.key
        return made.key

    async def mail(self, key: str, number: int = 1, to: str = ANNA) -> MailDone:
        """What comes of the wish for a mail."""
        wish = MailInput(key=key, idempotency_key=f"attempt-{number:016}", to=to)
        return await self.service.mail(self.shop.viewer, wish)


@pytest.fixture
def desk(redis: Redis) -> Desk:
    """The shop, open."""
    return Desk(redis)


def kinds(done: MailDone) -> list[type]:
    """Why it is refused."""
    return [type(problem) for problem in done.problems]


async def test_the_link_in_the_mail_opens_the_cart_and_its_owner_can_revoke_it(desk: Desk) -> None:
    owner = await desk.a_key()
    done = await desk.mail(owner)
    (mail,) = desk.box.sent.values()
    assert (mail.to, mail.kind) == (ANNA, "cart.link")
    key = str(mail.data["url"]).removeprefix("https://shop.example/cart#")
    cart = await desk.shop.service.get(key)
    assert cart
    assert cart.access
    assert cart.access.right is Right.EDIT
    assert done.cart
    assert done.cart.access
    (link,) = done.cart.access.links
    assert link.label == "mail"
    await desk.shop.links.revoke(desk.shop.viewer, owner, link.id)
    assert await desk.shop.service.get(key) is None


async def test_a_mail_that_is_asked_for_again_is_sent_once(desk: Desk) -> None:
    owner = await desk.a_key()
    first, again = await desk.mail(owner), await desk.mail(owner)
    assert first == again
    assert len(desk.box.sent) == 1


async def test_a_mail_that_is_asked_for_again_to_somebody_else_is_a_conflict(desk: Desk) -> None:
    owner = await desk.a_key()
    assert kinds(await desk.mail(owner, to="ana@example.com")) == []
    assert kinds(await desk.mail(owner)) == [IdempotencyConflict]
    assert [mail.to for mail in desk.box.sent.values()] == ["ana@example.com"]
    assert kinds(await desk.mail(owner, 2)) == []
    assert [mail.to for mail in desk.box.sent.values()] == ["ana@example.com", ANNA]


async def test_what_no_mail_can_be_sent_for_is_refused(desk: Desk) -> None:
    owner = await desk.a_key()
    assert kinds(await desk.mail(owner, to="nobody")) == [InvalidInput]
    assert kinds(await desk.mail("x" * 43)) == [CartNotFound]
    wish = LinkInput(key=owner, idempotency_key="0123456789abcdef", right=Right.EDIT)
    link = (await desk.shop.links.create(desk.shop.viewer, wish)).key
    assert link
    assert kinds(await desk.mail(link)) == [CartRightRequired]
    assert desk.box.sent == {}


async def test_mails_to_one_address_are_limited(desk: Desk) -> None:
    owner = await desk.a_key()
    done = []
    for number in range(6):
        desk.shop.move(address=f"192.0.2.{number}")
        done.append(kinds(await desk.mail(owner, number, ANNA.upper() if number % 2 else ANNA)))
    assert done == [[]] * 5 + [[CartMailLimit]]


async def test_a_repeated_call_counts_as_the_one_mail_that_it_sends(desk: Desk) -> None:
    owner = await desk.a_key()
    repeated = [kinds(await desk.mail(owner)) for _ in range(6)]
    assert repeated == [[]] * 6
    further = [kinds(await desk.mail(owner, number)) for number in range(2, 7)]
    assert further == [[]] * 4 + [[CartMailLimit]]
    assert kinds(await desk.mail(owner)) == [], "what was sent is said to be"


async def test_mails_that_one_stranger_asks_for_are_limited(desk: Desk) -> None:
    owner = await desk.a_key()
    done = [kinds(await desk.mail(owner, number, f"{number}@example.com")) for number in range(11)]
    assert done == [[]] * 10 + [[CartMailLimit]]
    desk.shop.move(address="192.0.2.77")
    assert kinds(await desk.mail(owner, 12, "other@example.com")) == []


async def test_a_shop_that_sends_no_mail_says_so(desk: Desk) -> None:
    desk.box.open = False
    owner = await desk.a_key()
    with pytest.raises(Unavailable):
        await desk.mail(owner)
    cart = await desk.shop.service.get(owner)
    assert cart
    assert cart.access
    assert cart.access.links == (), "no link is made that reaches nobody"


@pytest.mark.parametrize("language", ["en", "de-AT", "fr"])
def test_the_mail_has_its_link_on_a_line_of_its_own(language: str) -> None:
    subject, body, _ = write("cart.link", Locale(language), {"url": "https://shop.example/cart#k"})
    assert subject
    assert "\nhttps://shop.example/cart#k\n" in body


async def test_mailing_stands_in_the_graph(desk: Desk) -> None:
    document = """mutation ($key: String!, $to: String!) {
      mailCartLink(input: { key: $key, idempotencyKey: "0123456789abcdef", to: $to }) {
        cart { links { label } } problems { __typename path } } }"""
    owner = await desk.a_key()
    done = (await desk.shop.run(document, key=owner, to=ANNA))["mailCartLink"]
    assert done == {"cart": {"links": [{"label": "mail"}]}, "problems": []}
    refused = (await desk.shop.run(document, key=owner, to="@"))["mailCartLink"]
    assert refused["problems"] == [{"__typename": "InvalidInput", "path": ["input", "to"]}]
