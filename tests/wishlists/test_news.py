"""Watching, telling and mailing, on both databases: nothing twice, nothing lost, no address where none is needed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.mail.texts import write
from modules.kernel.errors import InvalidInput, Unavailable
from modules.kernel.events import Envelope
from modules.kernel.names import Locale, Sku
from modules.kernel.notification import Notification
from modules.runtime.database import Database
from modules.wishlists.model.access import Access
from modules.wishlists.model.lists import DAY_US, WishlistLimit, product_item
from modules.wishlists.model.watches import QUIET_US
from modules.wishlists.service.mailing import Act
from modules.wishlists.service.watching import MailNotOffered, WatchInput
from tests.wishlists.shop import STOCK, LetterBox, Shop, skus

MUG, PLATE = product_item(Sku("mug")), product_item(Sku("plate"))
ANNA = "anna@example.com"
BOTH = (WatchInput(MUG, True, True), WatchInput(PLATE, True, True))


@pytest.fixture
async def shop(database: Database) -> Shop:
    return Shop(database)


async def watching(shop: Shop, mail: str | None = None, confirmed: bool = True) -> tuple[str, str]:
    """A guest's list whose mug and plate are watched, both out of stock."""
    key, id = await shop.a_list("Birthday", "mug", "plate")
    shop.shelf.out = {"mug", "plate"}
    done = await shop.watches.watch(shop.viewer, key, id, BOTH, mail)
    assert done.problems == ()
    if mail:
        await shop.mailing.hand_in()
        if confirmed:
            assert await shop.mailing.confirm(token_in(shop.letters.of("wishlist.confirm")[-1], "link"))
    return key, id


def token_in(letter: Notification, name: str) -> str:
    return str(letter.data[name]).rpartition("/")[2]


async def back(shop: Shop, *names: str) -> None:
    """These are in stock again, and it was heard."""
    shop.shelf.out -= set(names)
    await shop.looking.heard(STOCK, [Sku(name) for name in names], "cursor")


async def told(shop: Shop) -> list[dict[str, Any]]:
    """News that were published, in order."""
    rows = await shop.database.read("SELECT envelope FROM runtime_outbox WHERE module = 'wishlists' ORDER BY id")
    changes = [change for (row,) in rows for change in Envelope.decode(row).changes]
    return [dict(change.state["news"]) for change in changes if change.state["news"]]


async def count(shop: Shop, table: str) -> int:
    ((number,),) = await shop.database.read(f"SELECT count(*) FROM wishlists_{table}")
    return int(number)


async def test_what_is_back_is_told_once_however_often_it_is_heard(shop: Shop) -> None:
    await watching(shop)
    for _ in range(3):
        await back(shop, "mug")
    assert [(each["sku"], each["kind"]) for each in await told(shop)] == [("mug", "BACK_IN_STOCK")]


async def test_two_processes_that_look_at_once_tell_it_once(shop: Shop, database: Database) -> None:
    """As when a leader was cut off and does not know it yet."""
    await watching(shop)
    other = Shop(database)
    (first, *_), (second, *_) = [await each.watch_store.watches([Sku("mug")], "", 9) for each in (shop, other)]
    shop.shelf.out = other.shelf.out = set()
    await shop.looking._look([first])
    await other.looking._look([second])
    assert len(await told(shop)) == 1


async def test_what_is_cheaper_is_told_with_both_figures(shop: Shop) -> None:
    key, id = await watching(shop)
    shop.shelf.cents["plate"] = 990
    await shop.looking.heard("prices", [Sku("plate")], "cursor")
    (news,) = await told(shop)
    assert (news["kind"], news["old_micros"], news["new_micros"]) == ("CHEAPER", 12_000_000, 9_900_000)
    watches, kept = await shop.watches.shown([id])
    assert ([each.id for each in kept], len(watches), key) == ([news["id"]], 2, key)


async def test_what_can_be_seen_when_one_begins_to_watch_is_no_news(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday", "mug", "plate")
    shop.shelf.cents |= {"mug": 900, "plate": 1200}
    inputs = [WatchInput(MUG, True, True), WatchInput(PLATE, False, True, "15.00")]
    await shop.watches.watch(shop.viewer, key, id, inputs)
    await shop.looking.heard(STOCK, None, "cursor")
    assert await told(shop) == []
    shop.shelf.cents |= {"mug": 800, "plate": 1199}
    await shop.looking.heard(STOCK, None, "cursor")
    assert sorted((each["old_micros"], each["new_micros"]) for each in await told(shop)) == [
        (9_000_000, 8_000_000),
        (12_000_000, 11_990_000),
    ]


async def test_a_change_looks_only_at_what_is_watched_of_it_and_asks_once(shop: Shop) -> None:
    await watching(shop)
    shop.shelf.asked.clear()
    await shop.looking.heard(STOCK, [Sku("pan"), Sku("nothing")], "cursor")
    assert shop.shelf.asked == []
    await shop.looking.heard(STOCK, [Sku("mug"), Sku("plate"), Sku("pan")], "cursor")
    assert sorted(shop.shelf.asked) == [("prices", 2), ("stock", 2)]


async def test_while_nobody_can_tell_the_cursor_stays_and_nothing_is_lost(shop: Shop) -> None:
    await watching(shop)
    await shop.looking.heard(STOCK, [Sku("mug")], "first")
    shop.shelf.answers = False
    with pytest.raises(Unavailable):
        await back(shop, "mug")
    assert await shop.looking.followed(STOCK) == "first"
    shop.shelf.answers = True
    await back(shop, "mug")
    assert (len(await told(shop)), await shop.looking.followed(STOCK)) == (1, "cursor")


async def test_what_flapped_is_looked_at_again_when_its_quiet_time_ends(shop: Shop) -> None:
    await watching(shop)
    await back(shop, "mug")
    shop.shelf.out.add("mug")
    await shop.looking.heard(STOCK, [Sku("mug")], "cursor")
    await back(shop, "mug")
    await shop.looking.due()
    assert len(await told(shop)) == 1
    async with shop.database.transaction() as tx:
        await tx.run("UPDATE wishlists_watch SET stock_told_us = stock_told_us - :us, look_us = 1", us=QUIET_US)
    await shop.looking.due()
    await shop.looking.due()
    assert len(await told(shop)) == 2


async def test_nothing_but_a_question_is_mailed_before_the_addresses_owner_says_yes(shop: Shop) -> None:
    await watching(shop, ANNA, confirmed=False)
    await back(shop, "mug")
    await shop.mailing.hand_in()
    assert [each.kind for each in shop.letters.sent.values()] == ["wishlist.confirm"]
    question = shop.letters.of("wishlist.confirm")[0]
    assert (question.to, question.language, question.unsubscribe) == (ANNA, "de", "")
    assert await shop.mailing.confirm(token_in(question, "link"))
    await back(shop, "plate")
    await shop.mailing.hand_in()
    (letter,) = shop.letters.of("wishlist.news")
    assert [each["title"] for each in letter.data["news"]] == ["Plate (de)"]


async def test_news_of_one_look_are_one_mail_with_a_way_out(shop: Shop) -> None:
    await watching(shop, ANNA)
    shop.shelf.cents["plate"] = 990
    await back(shop, "mug", "plate")
    await shop.mailing.hand_in()
    (letter,) = shop.letters.of("wishlist.news")
    subject, body, _ = write(letter.kind, letter.language, letter.data)
    assert subject == "Neues von deiner Wunschliste"
    assert "Mug (de) ist wieder lieferbar.\n" in body
    assert "Plate (de) kostet jetzt 9,90 EUR statt 12,00 EUR." in body
    assert letter.unsubscribe == letter.data["stop"]
    assert letter.unsubscribe in body


class Dying(LetterBox):
    """Takes the mails, and the process dies before it can note it."""

    async def send(self, notifications: Sequence[Notification]) -> None:
        await super().send(notifications)
        raise Unavailable("The process")


async def test_a_kill_behind_the_handing_in_mails_nothing_twice_and_loses_nothing(shop: Shop) -> None:
    await watching(shop, ANNA)
    await back(shop, "mug")
    letters = Dying(sent=shop.letters.sent)
    shop.mailing._notifications = letters
    with pytest.raises(Unavailable):
        await shop.mailing.hand_in()
    shop.mailing._notifications = shop.letters
    await back(shop, "plate")
    await shop.mailing.hand_in()
    told_of = [each["title"] for letter in shop.letters.of("wishlist.news") for each in letter.data["news"]]
    assert sorted(told_of) == ["Mug (de)", "Plate (de)"]


async def test_stopping_erases_the_address_and_what_waits_for_it(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        key, id = await watching(shop, ANNA)
        await back(shop, "mug")
        (address,) = [id for (id,) in await shop.database.read("SELECT id FROM wishlists_address")]
        stop = shop.mailing.token(Act.STOP, address)
        assert await shop.mailing.stop(stop)
        assert await shop.mailing.stop(stop)
        await shop.mailing.hand_in()
    assert (await count(shop, "address"), shop.letters.of("wishlist.news")) == (0, [])
    assert [each for each in shop.letters.withdrawn if each.startswith("wishlist-news-")]
    assert [each.confirmed for each in (await shop.watches.shown([id]))[0]] == [None, None]
    await back(shop, "plate")
    assert len(await told(shop)) == 2  # the subscription goes on
    assert "anna" not in caplog.text
    assert key


async def test_an_address_goes_with_the_last_thing_that_is_watched_for_it(shop: Shop) -> None:
    key, id = await watching(shop, ANNA)
    await shop.watches.unwatch(shop.viewer, key, id, [MUG])
    assert await count(shop, "address") == 1
    await shop.watches.unwatch(shop.viewer, key, id, [PLATE])
    assert (await count(shop, "address"), await count(shop, "watch")) == (0, 0)


@pytest.mark.parametrize("way", ["list", "items"])
async def test_an_address_goes_with_the_list_and_with_its_items(shop: Shop, way: str) -> None:
    key, id = await watching(shop, ANNA)
    if way == "list":
        await shop.lists.delete(shop.viewer, key, id)
    else:
        await shop.moving.move(shop.viewer, key, id, "the cart", "0123456789abcdef")
    assert [await count(shop, table) for table in ("address", "watch")] == [0, 0]


async def test_an_address_whose_owner_says_nothing_is_erased_after_a_week(shop: Shop) -> None:
    await watching(shop, ANNA, confirmed=False)
    await shop.mailing.sweep()
    assert await count(shop, "address") == 1
    async with shop.database.transaction() as tx:
        await tx.run("UPDATE wishlists_address SET asked_us = asked_us - :week", week=8 * DAY_US)
    await shop.mailing.sweep()
    assert await count(shop, "address") == 0
    assert not await shop.mailing.confirm(token_in(shop.letters.of("wishlist.confirm")[0], "link"))


@pytest.mark.parametrize("token", ["", "x", "x.y", "\ud800.y"])
async def test_a_token_that_is_none_does_nothing(shop: Shop, token: str) -> None:
    await watching(shop, ANNA, confirmed=False)
    (address,) = [id for (id,) in await shop.database.read("SELECT id FROM wishlists_address")]
    wrong = [token, f"{address}.{'A' * 32}", shop.mailing.token(Act.STOP, address)]
    assert [await shop.mailing.confirm(each) for each in wrong] == [False, False, False]
    assert not await shop.mailing.stop(shop.mailing.token(Act.CONFIRM, address))


async def test_an_owner_is_asked_about_an_address_once_a_day_and_nobody_can_flood_one(shop: Shop) -> None:
    key, id = await watching(shop, ANNA, confirmed=False)
    await shop.watches.watch(shop.viewer, key, id, BOTH, "anna@EXAMPLE.com")
    await shop.mailing.hand_in()
    assert len(shop.letters.of("wishlist.confirm")) == 1
    problems = []
    for number in range(1, 4):
        other, list = await shop.a_list("Mine", "mug", number=number)
        done = await shop.watches.watch(shop.viewer, other, list, BOTH[:1], ANNA)
        problems += [type(each) for each in done.problems]
    assert problems == [WishlistLimit]


async def test_what_cannot_be_watched_is_refused_with_its_place_and_nothing_is_changed(shop: Shop) -> None:
    key, id = await shop.a_list("Birthday", "mug")
    for items, mail, path in (
        ([WatchInput(PLATE, True, True)], None, ("input", "items", "0", "itemId")),
        ([WatchInput(MUG, True, True), WatchInput(MUG, False, False)], None, ("input", "items", "1")),
        ([WatchInput(MUG, True, True, "0")], None, ("input", "items", "0", "below")),
        ([WatchInput(MUG, True, False, "5.00")], None, ("input", "items", "0", "below")),
        ([WatchInput(MUG, True, True)], "anna", ("input", "mail")),
    ):
        done = await shop.watches.watch(shop.viewer, key, id, items, mail)
        assert [(type(each), each.path) for each in done.problems] == [(InvalidInput, path)]
    shop.letters.is_open = False
    done = await shop.watches.watch(shop.viewer, key, id, BOTH[:1], ANNA)
    assert [type(each) for each in done.problems] == [MailNotOffered]
    assert [await count(shop, table) for table in ("address", "watch")] == [0, 0]


async def test_watches_and_their_mail_move_with_a_claim(shop: Shop) -> None:
    key, id = await watching(shop, ANNA)
    shop.be("anna")
    await shop.sharing.claim(shop.viewer, key)
    await back(shop, "mug")
    await shop.mailing.hand_in()
    assert len(shop.letters.of("wishlist.news")) == 1
    await shop.watches.unwatch(shop.viewer, None, id, [MUG, PLATE])
    assert await count(shop, "address") == 0


async def test_a_reader_gets_mails_in_the_language_of_the_day_of_asking(shop: Shop) -> None:
    shop.viewer = replace(shop.viewer, locale=Locale("en"))
    await watching(shop, ANNA)
    await back(shop, "mug")
    await shop.mailing.hand_in()
    (letter,) = shop.letters.of("wishlist.news")
    assert write(letter.kind, letter.language, letter.data)[1].startswith("Mug (en) is back in stock.\n")


async def test_only_the_owner_sees_what_is_watched(shop: Shop) -> None:
    key, id = await watching(shop, ANNA)
    document = "query ($key: String!) { wishlist(key: $key) { items { watch { mailed confirmed than { amount } } } } }"
    (first, _) = (await shop.run(document, key=key))["wishlist"]["items"]
    assert first["watch"] == {"mailed": True, "confirmed": True, "than": {"amount": "9.50"}}
    link = await shop.sharing.share(shop.viewer, key, id, Access.EDIT, "0123456789abcdef")
    found = (await shop.run(document, key=link.key))["wishlist"]["items"]
    assert [each["watch"] for each in found] == [None, None]
    assert skus(link.shown) == ["mug", "plate"]
