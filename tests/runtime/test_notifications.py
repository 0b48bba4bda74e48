"""The queue of notifications, on both databases."""

from __future__ import annotations

import asyncio

from modules.runtime.database import Database
from modules.runtime.notifications import KEPT_US, NotificationQueue
from tests.gateway.mail.notes import a_note

CONTENT = "SELECT recipient, data, unsubscribe, outcome FROM runtime_notification WHERE id = :id"


async def test_an_id_is_taken_once_and_its_first_content_stays(database: Database) -> None:
    queue = NotificationQueue(database)
    await asyncio.gather(*(queue.take([a_note("a", text="first"), a_note("b")]) for _ in range(4)))
    await queue.take([a_note("a", text="second")])
    due = {each.notification.id: each for each in await queue.due(10)}
    assert sorted(due) == ["a", "b"]
    assert due["a"].notification == a_note("a", text="first")


async def test_what_was_sent_is_known_by_its_id_and_nothing_else_of_it_is_left(database: Database) -> None:
    queue = NotificationQueue(database)
    await queue.take([a_note("a", unsubscribe="https://shop.example/stop")])
    await queue.settle(["a"], "sent")
    assert await database.read(CONTENT, id="a") == [("", "{}", "", "sent")]
    await queue.take([a_note("a")])
    assert await queue.due(10) == []


async def test_what_is_withdrawn_is_not_sent_and_what_was_sent_stays_sent(database: Database) -> None:
    queue = NotificationQueue(database)
    await queue.take([a_note("a"), a_note("b")])
    await queue.settle(["a"], "sent")
    await queue.settle(["a", "b"], "withdrawn")
    outcomes = [(await database.read(CONTENT, id=id))[0][3] for id in ("a", "b")]
    assert (outcomes, await queue.due(10)) == (["sent", "withdrawn"], [])


async def test_a_failed_try_waits_and_is_counted(database: Database) -> None:
    queue = NotificationQueue(database)
    await queue.take([a_note("a"), a_note("b")])
    await queue.postpone("a", 60)
    assert [each.notification.id for each in await queue.due(10)] == ["b"]
    await queue.postpone("a", 0)
    assert {each.notification.id: each.tries for each in await queue.due(10)} == {"a": 2, "b": 0}


async def test_ids_are_forgotten_after_thirty_days_and_never_while_they_wait(database: Database) -> None:
    queue = NotificationQueue(database)
    await queue.take([a_note("old"), a_note("waits"), a_note("young")])
    await queue.settle(["old", "young"], "sent")
    async with database.transaction() as tx:
        await tx.run(
            "UPDATE runtime_notification SET created_us = created_us - :age WHERE id <> 'young'", age=KEPT_US + 1
        )
    await queue.sweep()
    assert await database.read("SELECT id FROM runtime_notification ORDER BY id") == [("waits",), ("young",)]
