"""Watches, their news and the mail addresses that hear of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

from modules.kernel.names import ChannelId, Sku
from modules.runtime.database import Database, Transaction
from modules.runtime.sql import upsert
from modules.wishlists.events import WishlistChanged
from modules.wishlists.model.lists import DAY_US, ItemId, Owner, WishlistId
from modules.wishlists.model.watches import MailAddress, News, NewsKind, Watch
from modules.wishlists.store.lists import WishlistChange

KEPT_US: Final = 30 * DAY_US
"""How long news are kept."""
UNCONFIRMED_US: Final = 7 * DAY_US
"""How long an address waits for its owner's word before it is erased."""

_COLUMNS: Final = (
    *("id", "list", "item", "owner", "sku", "channel", "currency", "stock", "price", "below_micros"),
    *("reference_micros", "out", "told_micros", "stock_told_us", "price_told_us", "look_us", "address", "version"),
)
_WATCHES: Final = f"SELECT {', '.join(_COLUMNS)} FROM wishlists_watch"
_SHOWN: Final = (
    f"SELECT {', '.join(f'w.{name}' for name in _COLUMNS)}, a.confirmed_us FROM wishlists_watch w"
    " LEFT JOIN wishlists_address a ON a.id = w.address WHERE w.list IN :lists"
)
_SAVE: Final = upsert("wishlists_watch", _COLUMNS, ("id",))
_JUDGED: Final = (
    "UPDATE wishlists_watch SET reference_micros = :reference_micros, out = :out, told_micros = :told_micros,"
    " stock_told_us = :stock_told_us, price_told_us = :price_told_us, look_us = :look_us, version = version + 1"
    " WHERE id = :id AND version = :version"
)
_DROP: Final = "DELETE FROM wishlists_watch WHERE list = :list AND item IN :items"
_COUNT: Final = "SELECT count(*) FROM wishlists_watch WHERE owner = :owner"
_NEWS: Final = ("id", "list", "item", "sku", "channel", "kind", "old_micros", "new_micros", "currency", "at_us")
_NEWS_OF: Final = f"SELECT {', '.join(_NEWS)} FROM wishlists_news WHERE list IN :lists ORDER BY at_us DESC, id"
_ADD_NEWS: Final = (
    f"INSERT INTO wishlists_news ({', '.join(_NEWS)}, address, mail, waiting)"
    f" VALUES ({', '.join(f':{name}' for name in _NEWS)}, :address, :mail, :waiting) ON CONFLICT (id) DO NOTHING"
)
_SAVE_FOLLOWED: Final = upsert("wishlists_followed", ("name", "cursor"), ("name",))

_ADDRESS: Final = "id, owner, address, language, asked_us, confirmed_us"
_OF_ADDRESS: Final = f"SELECT {_ADDRESS} FROM wishlists_address WHERE address = :address"
_SAVE_ADDRESS: Final = upsert(
    "wishlists_address",
    ("id", "owner", "address", "language", "asked_us", "handed_in", "confirmed_us"),
    ("id",),
)
_CONFIRM: Final = "UPDATE wishlists_address SET confirmed_us = :now WHERE id = :id AND confirmed_us IS NULL"
_EXISTS: Final = "SELECT confirmed_us, language FROM wishlists_address WHERE id = :id"
_UNUSED: Final = (
    "SELECT a.id, a.asked_us FROM wishlists_address a WHERE a.owner = :owner"
    " AND NOT EXISTS (SELECT 1 FROM wishlists_watch w WHERE w.address = a.id)"
)
_UNCONFIRMED: Final = "SELECT id, asked_us FROM wishlists_address WHERE confirmed_us IS NULL AND asked_us < :line"
_ONE: Final = "SELECT id, asked_us FROM wishlists_address WHERE id = :id"
_MAILS_OF: Final = "SELECT DISTINCT mail FROM wishlists_news WHERE address IN :ids AND mail <> ''"
_ERASE: Final = (
    "UPDATE wishlists_watch SET address = NULL, version = version + 1 WHERE address IN :ids",
    "UPDATE wishlists_news SET address = NULL, mail = '', waiting = :no WHERE address IN :ids",
    "DELETE FROM wishlists_address WHERE id IN :ids",
)
_TO_ASK: Final = f"SELECT {_ADDRESS} FROM wishlists_address WHERE handed_in = :no ORDER BY asked_us, id LIMIT :most"
_ASKED: Final = "UPDATE wishlists_address SET handed_in = :yes WHERE id IN :ids"
_TO_TELL: Final = (
    f"SELECT {', '.join(f'n.{name}' for name in _NEWS)}, n.mail, {', '.join(f'a.{n}' for n in _ADDRESS.split(', '))}"
    " FROM wishlists_news n JOIN wishlists_address a ON a.id = n.address"
    " WHERE n.waiting = :yes ORDER BY n.mail, n.at_us, n.id LIMIT :most"
)
_TOLD: Final = "UPDATE wishlists_news SET waiting = :no WHERE mail IN :mails"
_SWEEP: Final = "DELETE FROM wishlists_news WHERE at_us < :line AND waiting = :no"


@dataclass(frozen=True, slots=True)
class Mail:
    """News that stand in one mail, and where it goes."""

    id: str
    address: MailAddress
    news: tuple[News, ...]


@dataclass(frozen=True, slots=True)
class Sighted:
    """A watch as it is shown to its owner. `confirmed` None: no mail is wanted."""

    watch: Watch
    confirmed: bool | None


def question_id(id: str, asked_us: int) -> str:
    """Of the mail that asks whether an address is its owner's."""
    return f"wishlist-confirm-{id}-{asked_us}"


class WatchStore:
    """Reads of one statement, and `change` for all that writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def shown(self, lists: Sequence[str]) -> list[Sighted]:
        """All watches of these lists."""
        rows = await self._database.read(_SHOWN, lists=list(lists))
        return [_sighted(_watch(row[:-1]), row[-1]) for row in rows]

    async def news(self, lists: Sequence[str]) -> list[News]:
        """What was told of these lists in 30 days, the newest first."""
        return [_news(row) for row in await self._database.read(_NEWS_OF, lists=list(lists))]

    async def watches(self, skus: Sequence[Sku] | None, after: str, most: int) -> list[Watch]:
        """Watches of these products, of all for None, by id behind `after`."""
        named = "" if skus is None else "sku IN :skus AND "
        given = {} if skus is None else {"skus": list(skus)}
        statement = f"{_WATCHES} WHERE {named}id > :after ORDER BY id LIMIT :most"
        rows = await self._database.read(statement, after=after, most=most, **given)
        return [_watch(row) for row in rows]

    async def due(self, most: int) -> list[Watch]:
        """Those that are to be looked at by now without an event."""
        now = await self._database.now_us()
        statement = f"{_WATCHES} WHERE look_us <= :now ORDER BY look_us, id LIMIT :most"
        return [_watch(row) for row in await self._database.read(statement, now=now, most=most)]

    async def now_us(self) -> int:
        """The store's clock."""
        return await self._database.now_us()

    async def followed(self, name: str) -> str | None:
        """Up to where events of this name were looked at."""
        rows = await self._database.read("SELECT cursor FROM wishlists_followed WHERE name = :name", name=name)
        return str(rows[0][0]) if rows else None

    async def questions(self, most: int) -> list[MailAddress]:
        """Addresses whose owners are to be asked."""
        rows = await self._database.read(_TO_ASK, no=False, most=most)
        return [_address(row) for row in rows]

    async def mails(self, most: int) -> list[Mail]:
        """Mails that were not handed in, each whole: as many as up to so many news are in."""
        rows = await self._database.read(_TO_TELL, yes=True, most=most)
        mails: dict[str, tuple[MailAddress, list[News]]] = {}
        for row in rows:
            width = len(_NEWS)
            address = _address(row[width + 1 :])
            mails.setdefault(row[width], (address, []))[1].append(_news(row[:width]))
        if len(rows) == most and len(mails) > 1:
            mails.popitem()  # it may be cut in two
        return [Mail(id, address, tuple(news)) for id, (address, news) in mails.items()]

    async def address(self, id: str) -> tuple[bool, str] | None:
        """Whether it is confirmed, and its language; None for one that is gone."""
        rows = await self._database.read(_EXISTS, id=id)
        return (rows[0][0] is not None, str(rows[0][1])) if rows else None

    @asynccontextmanager
    async def change(self) -> AsyncIterator[WatchChange]:
        """A transaction; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            yield WatchChange(tx)


class WatchChange(WishlistChange):
    """An open transaction on watches."""

    def __init__(self, tx: Transaction) -> None:
        super().__init__(tx)

    async def watches(self, list: str) -> dict[ItemId, Watch]:
        """Of a list, by item."""
        found = [_watch(row) for row in await self.tx.read(f"{_WATCHES} WHERE list = :list", list=list)]
        return {watch.item: watch for watch in found}

    async def count(self, owner: Owner) -> int:
        """How much an owner watches."""
        ((count,),) = await self.tx.read(_COUNT, owner=owner)
        return int(count)

    async def set(self, watches: Sequence[Watch]) -> None:
        """Adds watches, or replaces them."""
        await self.tx.run_many(_SAVE, [_values(watch) for watch in watches])

    async def drop(self, list: str, items: Sequence[str]) -> int:
        """Ends the watches of these items; how many there were."""
        return await self.tx.run(_DROP, list=list, items=[*items]) if items else 0

    async def judged(self, watch: Watch, news: Sequence[News], mail: str) -> None:
        """Writes what a look has led to, unless somebody else has written the watch since; and tells it."""
        changed = await self.tx.run(
            _JUDGED,
            **{name: value for name, value in _values(watch).items() if name in _JUDGED_NAMES},
        )
        if not changed or not news:
            return
        told = {"address": watch.address, "mail": mail if watch.address else "", "waiting": watch.address is not None}
        await self.tx.run_many(_ADD_NEWS, [{**_news_values(each), **told} for each in news])
        self.tx.emit([_told(each) for each in news])

    async def followed(self, name: str, cursor: str) -> None:
        """Up to where events of this name were looked at."""
        await self.tx.run(_SAVE_FOLLOWED, name=name, cursor=cursor)

    async def addresses(self, address: str) -> list[MailAddress]:
        """All entries of a mail address, whosever they are."""
        return [_address(row) for row in await self.tx.read(_OF_ADDRESS, address=address)]

    async def save_address(self, address: MailAddress, asks: bool) -> None:
        """Keeps it; `asks`: its owner is to be asked."""
        await self.tx.run(_SAVE_ADDRESS, **asdict(address), handed_in=not asks)

    async def confirm(self, id: str) -> None:
        """It is its owner's, who said so."""
        await self.tx.run(_CONFIRM, id=id, now=await self.tx.now_us())

    async def erase_unused(self, owner: Owner) -> list[str]:
        """Erases addresses of an owner that nothing is watched for; ids of their mails."""
        return await self._erase(await self.tx.read(_UNUSED, owner=owner))

    async def erase_unconfirmed(self) -> list[str]:
        """Erases addresses whose owners said nothing for a week; ids of their mails."""
        return await self._erase(await self.tx.read(_UNCONFIRMED, line=await self.tx.now_us() - UNCONFIRMED_US))

    async def erase(self, id: str) -> list[str]:
        """Erases one address; what is watched for it is watched without it. Ids of its mails."""
        return await self._erase(await self.tx.read(_ONE, id=id))

    async def asked(self, ids: Sequence[str]) -> None:
        """Their owners have been asked."""
        await self.tx.run(_ASKED, ids=[*ids], yes=True)

    async def told(self, mails: Sequence[str]) -> None:
        """These mails were handed in."""
        await self.tx.run(_TOLD, mails=[*mails], no=False)

    async def sweep(self) -> None:
        """Forgets old news."""
        await self.tx.run(_SWEEP, line=await self.tx.now_us() - KEPT_US, no=False)

    async def _erase(self, found: Sequence[tuple[Any, ...]]) -> list[str]:
        if not found:
            return []
        ids = [id for id, _ in found]
        mails = [mail for (mail,) in await self.tx.read(_MAILS_OF, ids=ids)]
        for statement in _ERASE:
            await self.tx.run(statement, ids=ids, **({"no": False} if ":no" in statement else {}))
        return [*mails, *(question_id(id, asked_us) for id, asked_us in found)]


_JUDGED_NAMES: Final = frozenset(
    ("id", "version", "reference_micros", "out", "told_micros", "stock_told_us", "price_told_us", "look_us")
)


def _watch(row: Iterable[Any]) -> Watch:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["wishlist"] = WishlistId(values.pop("list"))
    flags = {name: bool(values[name]) for name in ("stock", "price", "out")}
    return Watch(**{**values, **flags})


def _sighted(watch: Watch, confirmed_us: int | None) -> Sighted:
    return Sighted(watch, None if watch.address is None else confirmed_us is not None)


def _values(watch: Watch) -> dict[str, object]:
    values: dict[str, object] = asdict(watch)
    values["list"] = values.pop("wishlist")
    return values


def _news(row: Iterable[Any]) -> News:
    id, list, item, sku, channel, kind, old, new, currency, at_us = row
    return News(
        id, WishlistId(list), ItemId(item), Sku(sku), ChannelId(channel), NewsKind(kind), old, new, currency, at_us
    )


def _news_values(news: News) -> dict[str, object]:
    values: dict[str, object] = asdict(news)
    values["list"] = values.pop("wishlist")
    return values


def _told(news: News) -> WishlistChanged:
    values = _news_values(news)
    list = str(values.pop("list"))
    values.pop("channel")
    return WishlistChanged(version=1, wishlist=list, by="", what=("news",), news={**values, "kind": news.kind.value})


def _address(row: Iterable[Any]) -> MailAddress:
    id, owner, address, language, asked_us, confirmed_us = row
    return MailAddress(id, Owner(owner), address, language, asked_us, confirmed_us)
