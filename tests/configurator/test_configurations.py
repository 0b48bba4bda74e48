"""Finished configurations as carts know them, on models as the store keeps them: a changed model is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.configurator import Configurator, wire_configurator
from modules.configurator.engine.editing import Edit
from modules.configurator.service.door import Handle
from modules.configurator.service.sessions import Opening, Wishes
from modules.kernel.configuration import Configuration, Standing, pinned
from modules.kernel.names import ConfigurationId
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.configurator.builders import DOOR
from tests.configurator.released import release

VIEWER = a_viewer()
Made = tuple[ConfigurationId, ConfigurationId]


@pytest.fixture
async def configurator(database: Database) -> AsyncIterator[Configurator]:
    await release(database, DOOR)
    found = wire_configurator(database)
    yield found
    await found.solving.close()


async def finished(configurator: Configurator, *values: str) -> Made:
    """The id of a configuration, and the same pinned to the model it was made with."""
    edits = [Edit(*pair) for pair in zip(("COLOUR", "GLASS", "LOCK"), values, strict=True)]
    opened = await configurator.sessions.open(VIEWER, Opening(DOOR), Wishes(edits))
    assert opened.problems == ()
    done = await configurator.finishing.finalise(VIEWER, Handle(opened.key))
    assert done.shown
    id = done.shown.session.configuration
    assert id
    return id, pinned(id, done.shown.model.hash)


async def standings(configurator: Configurator, *ids: ConfigurationId) -> list[Standing | None]:
    found = await configurator.configurations.configurations(ids, VIEWER)
    return [one.standing if one else None for one in found]


async def test_a_configuration_is_known_by_its_id_pinned_or_not(configurator: Configurator) -> None:
    id, pin = await finished(configurator, "RED", "NO", "SAFE")
    lost = ConfigurationId("7-00000000000000000000")
    found = await configurator.configurations.configurations([pin, lost, id], VIEWER)
    assert found == [Configuration(pin, DOOR), None, Configuration(id, DOOR)]


async def test_after_a_change_of_the_model_what_is_possible_still_is_told_apart_from_what_is_not(
    configurator: Configurator, database: Database
) -> None:
    (_, red) = await finished(configurator, "RED", "NO", "SAFE")
    (_, blue) = await finished(configurator, "BLUE", "YES", "SAFE")
    assert await standings(configurator, red, blue) == [Standing.CURRENT, Standing.CURRENT]
    await release(database, DOOR, "BLUE", version=2)
    assert await standings(configurator, red, blue) == [Standing.CHANGED, Standing.OUTDATED]
    again, pin = await finished(configurator, "RED", "NO", "SAFE")
    assert red.startswith(again)
    assert await standings(configurator, pin, red) == [Standing.CURRENT, Standing.CHANGED]


async def test_a_stale_session_is_refused_and_rebased_on_what_the_store_keeps(
    configurator: Configurator, database: Database
) -> None:
    edits = [Edit("GLASS", "YES"), Edit("COLOUR", "BLUE"), Edit("LOCK", "SAFE")]
    opened = await configurator.sessions.open(VIEWER, Opening(DOOR), Wishes(edits))
    await release(database, DOOR, "BLUE", version=2)
    refused = await configurator.finishing.finalise(VIEWER, Handle(opened.key))
    assert [problem.code for problem in refused.problems] == ["E_STALE_MODEL"]
    rebased = await configurator.moving.rebase(VIEWER, Handle(opened.key))
    assert [(one.choice.characteristic, one.reason) for one in rebased.left] == [("COLOUR", "conflict")]
