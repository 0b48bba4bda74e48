"""The postman: at least once, whatever breaks, and no address in any log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.mail import MailDesk, Postman, open_desk
from gateway.mail.message import compose
from gateway.mail.postman import TRIES, pause
from gateway.mail.transports import FileTransport, MailServerAway, SmtpTransport, Transport
from gateway.settings import Mode, Settings
from modules.kernel.errors import Unavailable
from modules.runtime.database import Database
from modules.runtime.leader import leader_of
from modules.runtime.notifications import NotificationQueue
from tests.gateway.mail.notes import SENDER, a_note
from tests.mail_server import MailServer, mail_server


@asynccontextmanager
async def an_office(database: Database, transport: Transport) -> AsyncIterator[tuple[MailDesk, Postman]]:
    queue = NotificationQueue(database)
    yield MailDesk(queue), Postman(queue, transport, SENDER, leader_of(database, "mail"))


async def outcomes(database: Database) -> dict[str, str]:
    rows = await database.read("SELECT id, outcome FROM runtime_notification ORDER BY id")
    return dict(rows)


async def test_what_is_handed_in_arrives_and_is_forgotten(database: Database) -> None:
    async with mail_server() as mail, an_office(database, SmtpTransport(mail.url)) as (desk, postman):
        working = asyncio.create_task(postman.run())
        await desk.send([a_note("a")])
        await mail.until(1)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        assert await outcomes(database) == {"a": "sent"}


async def test_a_mail_that_was_taken_and_not_noted_goes_out_again_as_the_same(database: Database) -> None:
    """kill -9 between the server's word and our note of it."""
    async with mail_server() as mail, an_office(database, SmtpTransport(mail.url)) as (desk, postman):
        await desk.send([a_note("a")])
        killed = NotificationQueue(database)
        (waiting,) = await killed.due(10)
        transport = SmtpTransport(mail.url)
        await asyncio.to_thread(transport.deliver, compose(waiting.notification, SENDER, waiting.created_us))
        await asyncio.to_thread(transport.close)
        assert await postman.carry() == 1
        first, second = mail.taken
        assert first.as_bytes() == second.as_bytes()


async def test_a_mail_that_is_refused_is_given_up_and_the_others_go(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with mail_server() as mail, an_office(database, SmtpTransport(mail.url)) as (desk, postman):
        mail.answers = {"RCPT": "550 no such mailbox anna@example.com"}
        await desk.send([a_note("a"), a_note("b", kind="party")])
        with caplog.at_level(logging.DEBUG):
            assert await postman.carry() == 2
        mail.answers = {}
        await desk.send([a_note("c")])
        await postman.carry()
        assert await outcomes(database) == {"a": "refused", "b": "refused", "c": "sent"}
        assert "550" in caplog.text
        assert "anna" not in caplog.text


async def test_a_mail_that_cannot_go_now_is_tried_again_until_it_is_given_up(database: Database) -> None:
    async with mail_server() as mail, an_office(database, SmtpTransport(mail.url)) as (desk, postman):
        mail.answers = {"RCPT": "451 later"}
        await desk.send([a_note("a")])
        for _ in range(TRIES):
            await postman.carry()
            async with database.transaction() as tx:
                await tx.run("UPDATE runtime_notification SET due_us = 0 WHERE due_us IS NOT NULL")
        assert await outcomes(database) == {"a": "refused"}
        assert mail.said.count("rcpt TO:<anna@example.com>") == TRIES
        assert (pause(0), pause(3), pause(30)) == (60, 480, 43_200)


async def test_while_the_server_is_away_no_mail_loses_a_try(database: Database) -> None:
    class Away(SmtpTransport):
        def deliver(self, message: EmailMessage) -> None:
            raise MailServerAway("nobody")

    async with an_office(database, Away("smtp://127.0.0.1:1")) as (desk, postman):
        await desk.send([a_note("a")])
        with pytest.raises(MailServerAway):
            await postman.carry()
        assert [each.tries for each in await NotificationQueue(database).due(10)] == [0]


async def test_several_postmen_deliver_each_mail_once(database: Database, database_url: str) -> None:
    """As many gateways as there are: one of them leads."""
    other = await Database.open(database_url)
    async with mail_server() as mail:
        async with an_office(database, SmtpTransport(mail.url)) as (desk, first):
            async with an_office(other, SmtpTransport(mail.url)) as (_, second):
                jobs = [asyncio.create_task(postman.run()) for postman in (first, second)]
                await desk.send([a_note(f"n-{number}") for number in range(30)])
                await mail.until(30)
                for job in jobs:
                    job.cancel()
                await asyncio.gather(*jobs, return_exceptions=True)
        assert sorted(ids(mail)) == sorted(f"<n-{number}@example.com>" for number in range(30))
    await other.close()


def ids(mail: MailServer) -> list[str]:
    return [message["Message-ID"] for message in mail.taken]


async def test_a_shop_without_a_way_for_mails_says_so_before_it_takes_one(database: Database, tmp_path: Path) -> None:
    desk, transport = open_desk(Settings(data=tmp_path, mode=Mode.PRODUCTION), NotificationQueue(database))
    assert transport is None
    with pytest.raises(Unavailable):
        await desk.send([a_note("a")])
    await desk.send([])


def test_development_writes_files_and_a_setting_names_a_server(tmp_path: Path) -> None:
    queue = NotificationQueue(None)  # type: ignore[arg-type]
    assert isinstance(open_desk(Settings(data=tmp_path), queue)[1], FileTransport)
    named = Settings(data=tmp_path, mode=Mode.PRODUCTION, smtp_url="smtp://mail.example", mail_from="a@b.example")
    assert isinstance(open_desk(named, queue)[1], SmtpTransport)
