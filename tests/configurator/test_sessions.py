"""Sessions: opened, edited by several at once, continued by any process, and told apart from what one may not see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest

from modules.configurator.engine.editing import Edit
from modules.configurator.model.keys import hash_of
from modules.configurator.model.revisions import Status
from modules.configurator.model.sessions import SessionKind, SessionState
from modules.configurator.service.door import Handle
from modules.configurator.service.keeping import KeepingService
from modules.configurator.service.sessions import Opening, Wishes
from modules.kernel.errors import Unauthenticated
from modules.runtime.database import Database
from modules.runtime.leader import leader_of
from tests.configurator.builders import DOOR
from tests.configurator.shop import MODELLER, UUID, Shop, a_door, a_shop, values


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with a_shop(database, a_door()) as shop:
        yield shop


async def test_choices_follow_one_another_and_what_is_taken_back_is_as_if_it_had_never_been(shop: Shop) -> None:
    key, opened = await shop.open()
    assert (opened.session.version, opened.session.state) == (1, SessionState.INCOMPLETE)
    red = await shop.choose(key, ("COLOUR", "RED"))
    assert values(red.shown) == {"COLOUR": "RED", "GLASS": "NO"}
    assert [one.characteristic for one in red.news.assignments] == ["COLOUR", "GLASS"]
    back = await shop.choose(key, ("COLOUR", None))
    assert back.shown
    assert (back.shown.step, back.shown.session.version) == (opened.step, 3)


async def test_several_choices_of_one_call_hold_all_or_none(shop: Shop) -> None:
    key, _ = await shop.open()
    refused = await shop.choose(key, ("LOCK", "SAFE"), ("COLOUR", "RED"), ("GLASS", "YES"))
    assert [problem.code for problem in refused.problems] == ["E_CONFLICT"]
    assert refused.problems[0].path == ("input", "choices", "2")
    assert refused.shown
    assert (values(refused.shown), refused.shown.session.version) == ({}, 1)
    held = await shop.choose(key, ("LOCK", "SAFE"), ("COLOUR", "RED"))
    assert values(held.shown) == {"COLOUR": "RED", "GLASS": "NO", "LOCK": "SAFE"}
    assert held.shown
    assert held.shown.session.state is SessionState.COMPLETE


async def test_force_gives_up_what_the_preferred_repair_does_and_tells_it(shop: Shop) -> None:
    key, _ = await shop.open(("COLOUR", "RED"), ("LOCK", "SAFE"))
    answer = await shop.choose(key, ("GLASS", "YES"), force=True)
    assert [(one.choice.value, one.instead) for one in answer.dropped] == [("RED", "BLUE")]
    assert values(answer.shown) == {"COLOUR": "BLUE", "GLASS": "YES", "LOCK": "SAFE"}


async def test_a_call_that_is_repeated_happens_once_and_the_key_is_the_same(shop: Shop) -> None:
    wishes = Wishes([Edit("COLOUR", "RED")], idempotency_key=UUID)
    first = await shop.sessions.open(shop.viewer, Opening(DOOR), wishes)
    again = await shop.sessions.open(shop.viewer, Opening(DOOR), wishes)
    assert first.key
    assert first.shown
    assert again.shown
    assert (again.key, again.shown.session) == (first.key, first.shown.session)
    await shop.choose(first.key, ("COLOUR", "BLUE"), idempotency_key="other")
    await shop.choose(first.key, ("COLOUR", "RED"))
    repeated = await shop.choose(first.key, ("COLOUR", "BLUE"), idempotency_key="other")
    assert values(repeated.shown)["COLOUR"] == "RED"
    conflict = await shop.choose(first.key, ("COLOUR", "RED"), idempotency_key="other")
    assert [problem.code for problem in conflict.problems] == ["IDEMPOTENCY_CONFLICT"]


async def test_two_who_edit_at_once_both_have_their_say_unless_one_expects_a_version(shop: Shop) -> None:
    key, _ = await shop.open()
    await asyncio.gather(*(shop.choose(key, each) for each in (("COLOUR", "RED"), ("LOCK", "SAFE"), ("GLASS", "NO"))))
    shown = await shop.sessions.get(shop.viewer, Handle(key))
    assert values(shown) == {"COLOUR": "RED", "GLASS": "NO", "LOCK": "SAFE"}
    assert shown
    assert shown.session.version == 4
    late = await shop.choose(key, ("LOCK", "PLAIN"), expected_version=3)
    assert [problem.code for problem in late.problems] == ["E_VERSION"]


async def test_any_process_goes_on_where_another_stopped(shop: Shop) -> None:
    key, _ = await shop.open(("COLOUR", "RED"))
    other = Shop(shop.database, shop.workshop)
    try:
        there = await other.choose(key, ("LOCK", "SAFE"))
        here = await shop.sessions.get(shop.viewer, Handle(key))
        assert here
        assert there.shown
        assert (here.session, here.step) == (there.shown.session, there.shown.step)
    finally:
        await other.close()


@pytest.mark.parametrize("key", ["", "x", "A" * 32, "ä" * 32])
async def test_what_opens_nothing_looks_like_what_is_somebody_elses(shop: Shop, key: str) -> None:
    shop.be("anna")
    _, own = await shop.open()
    assert await shop.sessions.get(shop.viewer, Handle(id=own.session.id)) is not None
    shop.be("berta")
    problems = []
    for handle in (Handle(key), Handle(id=own.session.id), Handle(id="none"), Handle()):
        assert await shop.sessions.get(shop.viewer, handle) is None
        answer = await shop.sessions.configure(shop.viewer, handle, Wishes([Edit("COLOUR", "RED")]))
        problems += [(problem.code, problem.message, problem.path) for problem in answer.problems]
    assert len(problems) == 4
    assert len(set(problems)) == 1


async def test_a_key_is_kept_as_a_hash_only(shop: Shop) -> None:
    key, _ = await shop.open()
    rows = await shop.database.read("SELECT * FROM configurator_session_key")
    assert key not in str(rows)
    assert rows[0][0] == hash_of(key)


async def test_a_customer_finds_own_sessions_again_and_claims_a_guests(shop: Shop) -> None:
    key, begun = await shop.open(("COLOUR", "RED"))
    with pytest.raises(Unauthenticated):
        await shop.sharing.claim(shop.viewer, key)
    shop.be("anna")
    claimed = await shop.sharing.claim(shop.viewer, key)
    assert claimed.shown
    assert [one.id for one in await shop.sessions.owned(shop.viewer)] == [begun.session.id]
    assert await shop.sessions.get(shop.viewer, Handle(key)) is None


async def test_the_need_date_decides_on_the_revision_by_the_markets_calendar(shop: Shop) -> None:
    shop.workshop.release(a_door(), phase_out=date(2026, 3, 3))
    shop.workshop.release(replace(a_door(), revision=2), phase_in=date(2026, 3, 3))
    # 23:30 in UTC on the second is the third in Berlin.
    shop.viewer = replace(shop.viewer, now=shop.viewer.now.replace(hour=23, minute=30))
    _, today = await shop.open()
    _, before = await shop.open(need_date=date(2026, 3, 2))
    assert (today.session.need_date, today.session.revision) == (date(2026, 3, 3), 2)
    assert before.session.revision == 1
    early = await shop.sessions.open(shop.viewer, Opening(DOOR, date(2025, 12, 31)), Wishes())
    assert [problem.code for problem in early.problems] == ["E_NO_REVISION"]


async def test_sessions_of_a_modellers_kind_are_for_modellers_and_follow_the_edits_of_what_they_try(shop: Shop) -> None:
    draft = replace(a_door(), revision=2)
    shop.workshop.release(draft, status=Status.TEST)
    with pytest.raises(Unauthenticated):
        await shop.sessions.open(shop.viewer, Opening(DOOR, kind=SessionKind.TEST), Wishes())
    shop.viewer = replace(shop.viewer, principal=MODELLER)
    key, opened = await shop.open(("COLOUR", "RED"), ("LOCK", "SAFE"), kind=SessionKind.TEST)
    assert opened.session.revision == 2
    finished = await shop.finishing.finalise(shop.viewer, Handle(key))
    assert [problem.code for problem in finished.problems] == ["E_NOT_FOR_SALE"]
    smaller = replace(draft, members=draft.members[1:], rules=())
    shop.workshop.release(smaller, status=Status.TEST)
    assert values(await shop.sessions.get(shop.viewer, Handle(key))) == {"LOCK": "SAFE"}


async def test_sessions_that_nobody_touches_are_forgotten_and_specifications_stay(shop: Shop) -> None:
    key, _ = await shop.open(("COLOUR", "RED"), ("LOCK", "SAFE"))
    done = await shop.finishing.finalise(shop.viewer, Handle(key))
    assert done.shown
    name = done.shown.session.configuration
    assert name
    keeping = KeepingService(shop.store, leader_of(shop.database, "sessions"), days=30)
    assert await keeping.sweep() == 0
    young, _ = await shop.open()
    month_us = 31 * 24 * 60 * 60 * 1_000_000
    async with shop.database.transaction() as tx:
        await tx.run(
            "UPDATE configurator_session SET touched_us = touched_us - :by WHERE configuration IS NOT NULL", by=month_us
        )
    assert await keeping.sweep() == 1
    assert await shop.sessions.get(shop.viewer, Handle(key)) is None
    assert await shop.sessions.get(shop.viewer, Handle(young)) is not None
    assert await shop.specifications.named([name]) != [None]
    assert len(await shop.database.read("SELECT hash FROM configurator_session_key")) == 1
