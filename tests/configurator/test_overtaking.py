"""Finishing a configuration while its model is written: what was finished is of a part that stays."""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import Any

import pytest

from modules.configurator.engine.editing import Edit
from modules.configurator.model.changes import Become, Change, Put
from modules.configurator.model.families import Family
from modules.configurator.model.revisions import Part, Status
from modules.configurator.service.door import Handle
from modules.configurator.service.finishing import FinishingService
from modules.configurator.service.sessions import Opening, Wishes
from modules.configurator.service.writing import Writing
from modules.configurator.store.specifications import SpecificationStore
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.configurator.shopfloor import DOOR, FIRST, accepted, doors, released

pytestmark = pytest.mark.usefixtures("open_shops")
SHOPPER = a_viewer()
WHOLE = [Edit("COLOUR", "RED"), Edit("WIDTH", "2"), Edit("GLASS", "NO")]
MOVE: tuple[Change, ...] = (
    Become(revision=FIRST, status=Status.OBSOLETE),
    Put(master=Family(id="GATES", members=doors().members)),
    Put(master=Part(id=DOOR, family="GATES")),
)


async def test_a_configuration_that_is_finished_while_its_part_moves_is_not_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await released(database)
    key = (await shop.sessions.open(SHOPPER, Opening(DOOR), Wishes(WHOLE))).key
    finishing: list[asyncio.Task[Any]] = []
    save = Writing.save

    async def save_late(self: Writing, *args: Any) -> None:
        # After the last look at what was specified, and before the commit.
        finalise = shop.finishing.finalise(SHOPPER, Handle(key))
        finishing.append(asyncio.create_task(finalise, context=Context()))
        await asyncio.sleep(0.3)
        await save(self, *args)

    monkeypatch.setattr(Writing, "save", save_late)
    await accepted(shop, *MOVE)
    (done,) = await asyncio.gather(*finishing)
    assert [problem.code for problem in done.problems] == ["E_REVISION_OBSOLETE"]
    assert await SpecificationStore(database).specified([DOOR]) == set()


async def test_a_model_that_is_written_while_a_configuration_is_solved_is_looked_at_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await released(database)
    key = (await shop.sessions.open(SHOPPER, Opening(DOOR), Wishes(WHOLE))).key
    solve = FinishingService._finished

    async def overtaken(self: FinishingService, *args: Any) -> Any:
        found = await solve(self, *args)
        monkeypatch.undo()
        await accepted(shop, *MOVE)
        return found

    monkeypatch.setattr(FinishingService, "_finished", overtaken)
    done = await shop.finishing.finalise(SHOPPER, Handle(key))
    assert [problem.code for problem in done.problems] == ["E_REVISION_OBSOLETE"]
    assert await SpecificationStore(database).specified([DOOR]) == set()
