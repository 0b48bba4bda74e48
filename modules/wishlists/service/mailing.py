"""Mailing: hands news and questions in where mails are delivered; addresses' owners say yes, or stop."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from modules.kernel.errors import UnknownPlace
from modules.kernel.money import UnitPrice
from modules.kernel.names import ChannelId, Locale, Sku
from modules.kernel.notification import Notification, Notifications
from modules.kernel.viewer import ANONYMOUS, Viewer
from modules.wishlists.model.watches import MailAddress, News
from modules.wishlists.ports import Channels, Titles
from modules.wishlists.store.watches import Mail, WatchStore, question_id

AT_ONCE: Final = 100
NEWS_AT_ONCE: Final = 2_000
CONFIRM: Final = "wishlist.confirm"
NEWS: Final = "wishlist.news"
_TOKEN = re.compile(r"[0-9a-f]{32}\.[A-Za-z0-9_-]{32}")

Links = Callable[[str, str], str]
"""Where a token is handed in for an act: a complete URL."""


class Act(StrEnum):
    """What the owner of an address can do with a token from a mail."""

    CONFIRM = "confirm"
    STOP = "stop"


class MailingService:
    """Tokens are made from the shop's secret and kept nowhere; they end with the entry of their address."""

    def __init__(
        self,
        store: WatchStore,
        notifications: Notifications,
        titles: Titles,
        channels: Channels,
        secret: bytes,
        links: Links,
    ) -> None:
        self._store = store
        self._notifications = notifications
        self._titles = titles
        self._channels = channels
        self._secret = secret
        self._links = links

    async def hand_in(self) -> None:
        """Everything that waits. What it does not know to be handed in is handed in again, under the same id."""
        while questions := await self._store.questions(AT_ONCE):
            await self._notifications.send([self._question(address) for address in questions])
            async with self._store.change() as change:
                await change.asked([address.id for address in questions])
        while mails := await self._store.mails(NEWS_AT_ONCE):
            await self._notifications.send(
                await self._letters([m for m in mails if m.address.confirmed_us is not None])
            )
            async with self._store.change() as change:
                await change.told([mail.id for mail in mails])

    async def sweep(self) -> None:
        """Erases addresses whose owners said nothing for a week, and news of more than 30 days ago."""
        async with self._store.change() as change:
            mails = await change.erase_unconfirmed()
            await change.sweep()
        await self._notifications.withdraw(mails)

    async def confirm(self, token: str) -> bool:
        """The address is its owner's, who wants to read news there; False for a token that opens nothing."""
        id = self._read(Act.CONFIRM, token)
        if id is None or await self._store.address(id) is None:
            return False
        async with self._store.change() as change:
            await change.confirm(id)
        return True

    async def stop(self, token: str) -> bool:
        """No mail goes there any more, and the address is erased; True when it had been so already."""
        id = self._read(Act.STOP, token)
        if id is None:
            return False
        async with self._store.change() as change:
            mails = await change.erase(id)
        await self._notifications.withdraw(mails)
        return True

    def token(self, act: Act, id: str) -> str:
        """What its owner hands in, as a link in a mail holds it."""
        mac = hmac.digest(self._secret, f"{act}\0{id}".encode(), "sha256")[:24]
        return f"{id}.{urlsafe_b64encode(mac).decode()}"

    def _read(self, act: Act, token: str) -> str | None:
        if _TOKEN.fullmatch(token) is None:
            return None
        id = token.partition(".")[0]
        return id if hmac.compare_digest(token.encode(), self.token(act, id).encode()) else None

    def _question(self, address: MailAddress) -> Notification:
        return Notification(
            id=question_id(address.id, address.asked_us),
            to=address.address,
            kind=CONFIRM,
            language=Locale(address.language),
            data={"link": self._links(Act.CONFIRM, self.token(Act.CONFIRM, address.id))},
        )

    async def _letters(self, mails: Sequence[Mail]) -> list[Notification]:
        titles = await self._titles_of(mails)
        return [self._letter(mail, titles) for mail in mails]

    def _letter(self, mail: Mail, titles: dict[tuple[str, str, Sku], str]) -> Notification:
        address = mail.address
        stop = self._links(Act.STOP, self.token(Act.STOP, address.id))
        lines = [_line(news, titles.get((news.channel, address.language, news.sku), news.sku)) for news in mail.news]
        return Notification(
            id=mail.id,
            to=address.address,
            kind=NEWS,
            language=Locale(address.language),
            data={"news": lines, "stop": stop},
            unsubscribe=stop,
        )

    async def _titles_of(self, mails: Sequence[Mail]) -> dict[tuple[str, str, Sku], str]:
        """By channel, language and sku; one question for each channel and language."""
        wanted: dict[tuple[ChannelId, str], dict[Sku, None]] = {}
        for mail in mails:
            for news in mail.news:
                wanted.setdefault((news.channel, mail.address.language), {})[news.sku] = None
        found: dict[tuple[str, str, Sku], str] = {}
        for (channel, language), skus in wanted.items():
            viewer = self._reader(channel, language)
            products = await self._titles.products(list(skus), viewer) if viewer else []
            found |= {
                (channel, language, sku): product.title for sku, product in zip(skus, products, strict=False) if product
            }
        return found

    def _reader(self, channel: ChannelId, language: str) -> Viewer | None:
        try:
            place = self._channels.channel(channel)
        except UnknownPlace:
            return None
        return Viewer(ANONYMOUS, place, None, Locale(language), datetime.now(UTC), place.market.currency)


def _line(news: News, title: str) -> dict[str, Any]:
    """What a text may name of a piece of news."""
    return {
        "kind": news.kind.value,
        "title": title,
        "old": _price(news.old_micros, news.currency),
        "new": _price(news.new_micros, news.currency),
    }


def _price(micros: int, currency: str) -> dict[str, str]:
    return {"amount": UnitPrice(micros, currency).amount, "currency": currency}
