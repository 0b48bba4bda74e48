"""Finishing: the same values are one configuration, whoever comes first and however they are written (section 6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from modules.configurator.model.contents import Content
from modules.configurator.model.errors import HashCollision
from modules.configurator.model.sessions import SessionState
from modules.configurator.service.door import Handle
from modules.configurator.service.sessions import Answer
from modules.configurator.service.solving import Solving
from modules.kernel.names import ConfigurationId, Sku
from modules.runtime.database import Database
from tests.configurator.builders import DOOR, a_content, discrete, text, typed
from tests.configurator.shop import Shop, a_door, a_shop
from tests.configurator.test_solver import all_different

PIN = (DOOR, 1, 1)


def a_plate() -> Content:
    """What is typed: a number with a decimal, and a text."""
    return a_content(typed("WIDTH", 0, 100, scale=2), text("NAME"), discrete("COLOUR", "RED BLUE"))


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with a_shop(database, a_door(), replace(a_plate(), part=Sku("PLATE"))) as shop:
        yield shop


async def finalised(shop: Shop, *choices: tuple[str, str], part: str = DOOR) -> ConfigurationId:
    """The configuration of these choices."""
    key, _ = await shop.open(*choices, part=part)
    answer = await shop.finishing.finalise(shop.viewer, Handle(key))
    return configuration_of(answer)


def configuration_of(answer: Answer) -> ConfigurationId:
    assert answer.problems == (), answer.problems
    assert answer.shown
    assert answer.shown.session.state is SessionState.FINALISED
    assert answer.shown.session.configuration
    return answer.shown.session.configuration


async def test_thirty_two_who_finish_equal_values_at_once_get_one_id(shop: Shop) -> None:
    choices = (("COLOUR", "BLUE"), ("GLASS", "YES"), ("LOCK", "SAFE"))
    keys = [(await shop.open(*choices))[0] for _ in range(32)]
    done = await asyncio.gather(*(shop.finishing.finalise(shop.viewer, Handle(key)) for key in keys))
    assert len({configuration_of(answer) for answer in done}) == 1
    assert await shop.database.read("SELECT count(*), max(number) FROM configurator_specification") == [(1, 1)]


async def test_neither_order_nor_spelling_makes_another_configuration(shop: Shop) -> None:
    spellings = [
        (("WIDTH", width), ("NAME", name), ("COLOUR", "RED"))
        for width in ("1", "1.0", "1.00", "+1")
        for name in ("Tür", "Tu\u0308r", " Tür ")
    ]
    every = [order for spelling in spellings for order in permutations(spelling)]
    found = {await finalised(shop, *order, part="PLATE") for order in every[::5]}
    assert len(found) == 1
    assert await finalised(shop, ("WIDTH", "1.01"), ("NAME", "Tür"), ("COLOUR", "RED"), part="PLATE") not in found


async def test_each_part_counts_its_own_configurations(shop: Shop) -> None:
    door = [await finalised(shop, ("COLOUR", colour), ("GLASS", "NO"), ("LOCK", "SAFE")) for colour in ("RED", "BLUE")]
    plate = await finalised(shop, ("WIDTH", "1"), ("NAME", "A"), ("COLOUR", "RED"), part="PLATE")
    found = await shop.specifications.named([*door, plate, "none"])
    assert [one and (one.part, one.number) for one in found] == [(DOOR, 1), (DOOR, 2), ("PLATE", 1), None]
    assert await shop.specifications.numbered(DOOR, 2) == found[1]


async def test_when_the_winner_is_rolled_back_a_loser_wins(shop: Shop) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with shop.store.change() as change:
            await change.assign(PIN, "a text", "print")
            began.set()
            await may_end.wait()
            raise InterruptedError

    async def second() -> ConfigurationId:
        await began.wait()
        asyncio.get_running_loop().call_later(0.1, may_end.set)
        async with shop.store.change() as change:
            return await change.assign(PIN, "a text", "print")

    lost, name = await asyncio.gather(first(), second(), return_exceptions=True)
    assert isinstance(lost, InterruptedError)
    assert isinstance(name, str)
    (found,) = await shop.specifications.named([name])
    assert found
    assert found.text == "a text"


async def test_two_texts_of_one_hash_are_never_taken_for_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modules.configurator.store.specifications.hash_of", lambda text: "0" * 64)

    async def assign(text: str) -> ConfigurationId:
        async with shop.store.change() as change:
            return await change.assign(PIN, text, "print")

    assert await assign("one") == await assign("one")
    with pytest.raises(HashCollision):
        await assign("another")


async def test_what_is_finalised_is_read_only_has_its_id_again_and_is_edited_as_a_copy(shop: Shop) -> None:
    key, _ = await shop.open(("COLOUR", "BLUE"), ("GLASS", "YES"), ("LOCK", "SAFE"))
    name = configuration_of(await shop.finishing.finalise(shop.viewer, Handle(key)))
    assert configuration_of(await shop.finishing.finalise(shop.viewer, Handle(key))) == name
    changed = await shop.choose(key, ("LOCK", "PLAIN"))
    parked = await shop.finishing.park(shop.viewer, Handle(key), True)
    assert [problem.code for problem in (*changed.problems, *parked.problems)] == ["E_CLOSED", "E_CLOSED"]
    copy = await shop.finishing.clone(shop.viewer, Handle(key))
    assert copy.key
    edited = await shop.choose(copy.key, ("LOCK", "PLAIN"))
    assert edited.problems == ()
    other = configuration_of(await shop.finishing.finalise(shop.viewer, Handle(copy.key)))
    assert other != name


async def test_a_parked_session_waits_until_it_is_taken_up_again(shop: Shop) -> None:
    key, _ = await shop.open(("COLOUR", "BLUE"), ("GLASS", "YES"), ("LOCK", "SAFE"))
    parked = await shop.finishing.park(shop.viewer, Handle(key), True)
    assert parked.shown
    assert parked.shown.session.state is SessionState.PARKED
    for answer in (await shop.choose(key, ("LOCK", "PLAIN")), await shop.finishing.finalise(shop.viewer, Handle(key))):
        assert [problem.code for problem in answer.problems] == ["E_CLOSED"]
    resumed = await shop.finishing.park(shop.viewer, Handle(key), False)
    assert resumed.shown
    assert resumed.shown.session.state is SessionState.COMPLETE


async def test_what_cannot_be_decided_in_time_is_partial_and_not_finalised(database: Database) -> None:
    hard = all_different(9, 8)
    content = replace(hard, members=tuple(replace(member, required=False) for member in hard.members))
    async with a_shop(database, content, solving=Solving(patience=5)) as shop:
        key, shown = await shop.open()
        assert shown.step.partial
        answer = await shop.finishing.finalise(shop.viewer, Handle(key))
        assert [problem.code for problem in answer.problems] == ["E_BUDGET", "E_INCOMPLETE"]


@pytest.mark.parametrize(
    ("minutes", "ago", "code"), [(0, 0, "E_STALE_MODEL"), (10, 0, None), (10, 11, "E_STALE_MODEL")]
)
async def test_a_stale_session_is_finalised_within_the_grace_only(
    database: Database, minutes: int, ago: int, code: str | None
) -> None:
    async with a_shop(database, a_door(), grace=timedelta(minutes=minutes)) as shop:
        key, _ = await shop.open(("COLOUR", "BLUE"), ("GLASS", "YES"), ("LOCK", "SAFE"))
        shop.workshop.release(replace(a_door(), version=2, rules=()))
        shop.workshop.written[DOOR, 1, 2] = await database.now_us() - ago * 60_000_000
        answer = await shop.finishing.finalise(shop.viewer, Handle(key))
        assert [problem.code for problem in answer.problems] == ([code] if code else [])
