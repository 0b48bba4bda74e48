"""The database's face, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from modules.kernel.errors import Unavailable
from modules.kernel.events import Envelope
from modules.runtime.database import AuditEntry, Database, Transaction
from modules.runtime.misconfigured import Misconfigured
from tests.runtime.counting import Counted, Renamed, until

_MARK = "INSERT INTO runtime_inbox (consumer, event_id, seen_us) VALUES (:consumer, :event_id, :seen_us)"
_MARKS = "SELECT event_id FROM runtime_inbox ORDER BY event_id"


async def mark(tx: Transaction, event_id: str) -> int:
    return await tx.run(_MARK, consumer="test", event_id=event_id, seen_us=1)


async def test_a_list_of_names_or_numbers_or_nothing_finds_its_rows(database: Database) -> None:
    async with database.transaction() as tx:
        rows = [{"consumer": "test", "event_id": name, "seen_us": at} for at, name in enumerate("abc", 2**40)]
        await tx.run_many(_MARK, rows)
        await tx.run_many(_MARK, [])
    by_name = "SELECT event_id FROM runtime_inbox WHERE event_id IN :names ORDER BY event_id"
    by_time = "SELECT event_id FROM runtime_inbox WHERE seen_us NOT IN :times ORDER BY event_id"
    assert await database.read(by_name, names=["a", "c", "z"]) == [("a",), ("c",)]
    assert await database.read(by_name, names=[]) == []
    assert await database.read(by_time, times=[2**40]) == [("b",), ("c",)]
    assert await database.read(by_time, times=[]) == [("a",), ("b",), ("c",)]


async def test_run_tells_how_many_rows_it_touched(database: Database) -> None:
    async with database.transaction() as tx:
        assert await mark(tx, "a") == 1
        assert await tx.run(f"{_MARK} ON CONFLICT DO NOTHING", consumer="test", event_id="a", seen_us=2) == 0
        assert await tx.run("UPDATE runtime_inbox SET seen_us = seen_us + 1") == 1
        assert await tx.read("DELETE FROM runtime_inbox RETURNING event_id, seen_us") == [("a", 2)]


async def test_a_statement_finds_all_that_was_written_before_it(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.run_many(_MARK, [{"consumer": "test", "event_id": "a", "seen_us": 1}])
        assert await tx.read(_MARKS) == [("a",)]
        await tx.run_many(_MARK, [{"consumer": "test", "event_id": "b", "seen_us": 1}])
        assert await tx.run("UPDATE runtime_inbox SET seen_us = 2") == 2
        await tx.run_many(_MARK, [{"consumer": "test", "event_id": "c", "seen_us": 1}])
        count = "SELECT COUNT(*) FROM runtime_inbox WHERE seen_us = :at"
        assert await tx.read_each((count, {"at": 1}), (count, {"at": 2})) == [[(1,)], [(2,)]]


async def test_rows_that_are_refused_roll_all_back_and_harm_no_later_transaction(database: Database) -> None:
    twice = [{"consumer": "test", "event_id": "a", "seen_us": 1}] * 2

    async def write() -> None:
        async with database.transaction() as tx:
            await mark(tx, "b")
            await tx.run_many(_MARK, twice)

    with pytest.raises(Exception, match=r"(?i)unique"):
        await write()
    async with database.transaction() as tx:
        await mark(tx, "c")
    assert await database.read(_MARKS) == [("c",)]


async def test_statements_are_counted(database: Database) -> None:
    before = database.statements
    await database.read(_MARKS)
    async with database.transaction() as tx:
        await mark(tx, "a")
    assert database.statements == before + 2


async def test_what_waits_for_a_commit_is_called_after_it_and_after_no_other(database: Database) -> None:
    called: list[str] = []
    async with database.transaction() as tx:
        tx.afterwards(lambda: called.append("first"))
        assert called == []

    async def fail() -> None:
        async with database.transaction() as tx:
            tx.afterwards(lambda: called.append("second"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert called == ["first"]


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as tx:
            await mark(tx, "a")
            tx.emit([Counted(name="a", version=1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await database.read(_MARKS) == []
    assert await database.read("SELECT id FROM runtime_outbox") == []


async def test_a_refused_statement_leaves_nothing_and_harms_no_later_one(database: Database) -> None:
    async def repeat() -> None:
        async with database.transaction() as tx:
            await mark(tx, "a")
            await mark(tx, "a")

    with pytest.raises(Exception, match=r"(?i)unique"):
        await repeat()
    async with database.transaction() as tx:
        await mark(tx, "b")
    assert await database.read(_MARKS) == [("b",)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_commit_after_a_refusal_that_was_passed_over_is_no_success(database: Database) -> None:
    async def pass_over() -> None:
        async with database.transaction() as tx:
            await mark(tx, "a")
            with pytest.raises(Exception, match="unique"):
                await mark(tx, "a")

    with pytest.raises(RuntimeError, match="rolled back"):
        await pass_over()


async def test_a_transaction_cancelled_in_the_middle_leaves_nothing(database: Database) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with database.transaction() as tx:
            await mark(tx, "a")
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), database.transaction() as tx:
        await mark(tx, "b")
    assert await database.read(_MARKS) == [("b",)]


async def test_wherever_a_cancellation_hits_all_is_done_and_told_or_nothing(database: Database) -> None:
    told: list[None] = []
    database.on_commit(lambda: told.append(None))

    async def work(number: int) -> None:
        async with database.transaction() as tx:
            await mark(tx, f"{number:03}a")
            await mark(tx, f"{number:03}b")
            tx.emit([Counted(name="a", version=number)])

    for number in range(40):
        task = asyncio.create_task(work(number))
        await asyncio.sleep(number * 0.0001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    marks = [event_id for (event_id,) in await database.read(_MARKS)]
    assert {name[:3] for name in marks if name.endswith("a")} == {name[:3] for name in marks if name.endswith("b")}
    ((envelopes,),) = await database.read("SELECT count(*) FROM runtime_outbox")
    assert len(told) == len(marks) // 2 == envelopes


async def test_a_transaction_inside_another_is_refused(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(RuntimeError, match="nest"):
            async with database.transaction():
                pass
        await mark(tx, "a")
    async with database.transaction() as tx:
        await mark(tx, "b")
    with pytest.raises(RuntimeError, match="over"):
        await mark(tx, "c")


async def test_a_reader_sees_what_is_committed_only(database: Database) -> None:
    async with database.transaction() as tx:
        await mark(tx, "a")
        assert await tx.read(_MARKS) == [("a",)]
        assert await database.read(_MARKS) == []
    assert await database.read(_MARKS) == [("a",)]


async def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    async def work(number: int) -> None:
        async with database.transaction() as tx:
            await mark(tx, f"{number:03}")

    await asyncio.gather(*map(work, range(40)))
    assert len(await database.read(_MARKS)) == 40


async def test_one_envelope_holds_all_events_of_a_name(database: Database) -> None:
    async with database.transaction() as tx:
        tx.emit([Counted(name="a", version=1), Renamed(name="a", version=1)])
        tx.emit([Counted(name="b", version=1)])
    rows = await database.read("SELECT module, envelope FROM runtime_outbox ORDER BY id")
    envelopes = [Envelope.decode(text) for _, text in rows]
    assert {module for module, _ in rows} == {"counting"}
    assert [[change.key for change in envelope.changes] for envelope in envelopes] == [["a", "b"], ["a"]]
    assert [envelope.name for envelope in envelopes] == [Counted.NAME, Renamed.NAME]


async def test_listeners_hear_of_commits_that_emitted_and_of_no_other(database: Database) -> None:
    heard: list[None] = []
    database.on_commit(lambda: heard.append(None))
    async with database.transaction() as tx:
        await mark(tx, "a")
    assert not heard
    async with database.transaction() as tx:
        tx.emit([Counted(name="a", version=1)])
        assert not heard
    assert len(heard) == 1


async def test_the_audit_trail_is_written_with_the_effect(database: Database) -> None:
    before = await database.now_us()
    async with database.transaction() as tx:
        tx.audit([AuditEntry("key:erp", "prices.set", "SKU-1", None, {"amount": "1.00"}, "spring")])
    columns = "at_us, principal, action, target, before, after, reason"
    ((at_us, *entry, after, reason),) = await database.read(f"SELECT {columns} FROM runtime_audit")
    assert (entry, json.loads(after), reason) == (
        ["key:erp", "prices.set", "SKU-1", None],
        {"amount": "1.00"},
        "spring",
    )
    assert before <= at_us <= await database.now_us()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_lost_connections_cost_their_transaction_and_no_more(database: Database, database_url: str) -> None:
    other = await Database.open(database_url)
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :name"
    name = (await other.read("SELECT current_database()"))[0][0]

    async def lose() -> None:
        async with database.transaction() as tx:
            await mark(tx, "a")
            await other.read(end_all, name=name)
            await mark(tx, "b")

    with pytest.raises(Unavailable):
        await lose()
    await other.close()
    assert await database.read(_MARKS) == []
    async with database.transaction() as tx:
        await mark(tx, "c")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_writer_of_another_process_is_waited_for(database: Database, database_url: str) -> None:
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def work() -> None:
        async with database.transaction() as tx:
            await mark(tx, "a")

    task = asyncio.create_task(work())
    await asyncio.sleep(0.1)
    assert not task.done()
    assert await database.read(_MARKS) == []
    other.execute("COMMIT")
    other.close()
    await task


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_sqlite_is_durable(database: Database) -> None:
    async with database.transaction() as tx:
        assert await tx.read("PRAGMA journal_mode") == [("wal",)]
        assert await tx.read("PRAGMA synchronous") == [(2,)]
        assert await tx.read("PRAGMA foreign_keys") == [(1,)]


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("mysql://shop", "must be"),
        ("sqlite://", "must be"),
        ("sqlite:////nowhere/at/all/shop.db", "does not exist"),
        ("postgresql://shop:hidden@127.0.0.1:1/shop", "127.0.0.1:1/shop does not let us in"),
    ],
)
async def test_a_database_that_cannot_be_had_is_named_without_its_password(url: str, complaint: str) -> None:
    with pytest.raises(Misconfigured, match=complaint) as caught:
        await Database.open(url)
    assert str(caught.value).startswith("DATABASE_URL")
    assert "hidden" not in str(caught.value)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    path.write_bytes(b"This is a text of more than a hundred bytes, and no database at all. " * 20)
    with pytest.raises(Misconfigured, match="not a database"):
        await Database.open(f"sqlite:///{path}")


async def test_commits_are_watched(database: Database, database_url: str) -> None:
    changes: list[None] = []
    watch = asyncio.create_task(database.watch(lambda: changes.append(None)))
    await until(lambda: _is(bool(changes)))
    changes.clear()
    other = await Database.open(database_url)
    async with other.transaction() as tx:
        tx.emit([Counted(name="a", version=1)])
    await other.close()
    await until(lambda: _is(bool(changes)))
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)


async def _is(answer: bool) -> bool:
    return answer
