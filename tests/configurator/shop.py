"""A maker of doors: models behind the port, sessions in a real database, the graph as the gateway serves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from gateway.schema import GraphSchema
from modules.configurator.engine.editing import Edit
from modules.configurator.graph import PART
from modules.configurator.model.contents import Content
from modules.configurator.model.families import Family
from modules.configurator.model.revisions import Part, Revision, Status
from modules.configurator.service.configurations import ConfigurationService
from modules.configurator.service.door import Handle
from modules.configurator.service.finishing import FinishingService
from modules.configurator.service.following import FollowingService
from modules.configurator.service.models import ContentKey, Models
from modules.configurator.service.moving import MovingService
from modules.configurator.service.offering import OfferingService
from modules.configurator.service.reasons import ReasonService
from modules.configurator.service.sessions import Answer, Opening, SessionService, Shown, Wishes
from modules.configurator.service.sharing import SharingService
from modules.configurator.service.solving import Solving
from modules.configurator.store.sessions import SessionStore
from modules.configurator.store.specifications import SpecificationStore
from modules.kernel.customer import Profile
from modules.kernel.feed import Feed
from modules.kernel.graph import GraphContext
from modules.kernel.names import CustomerId, Sku
from modules.kernel.viewer import Permission, Principal
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.configurator.builders import DOOR, a_content, discrete, equal, excludes

SECRET = b"a secret of the server, for tests"
UUID = "7f3b2a66-8b0f-4f6f-9c3e-0d2f6a1b5c"
MODELLER = Principal("modeller", permissions=frozenset({Permission.MODELS_READ}))
FIRST = date(2026, 1, 1)


def a_door() -> Content:
    """Red doors have no glass."""
    return a_content(
        discrete("COLOUR", "RED BLUE"),
        discrete("GLASS", "YES NO"),
        discrete("LOCK", "PLAIN SAFE"),
        rules=[excludes("no-red-glass", equal("COLOUR", "RED"), equal("GLASS", "YES"))],
    )


@dataclass
class Workshop:
    """What modellers have released."""

    family: Family = field(default_factory=lambda: Family(id="DOORS"))
    held: dict[Sku, list[Revision]] = field(default_factory=dict)
    frozen: dict[ContentKey, Content] = field(default_factory=dict)
    written: dict[ContentKey, int] = field(default_factory=dict)
    asked: int = 0

    def release(self, content: Content, phase_in: date = FIRST, phase_out: date | None = None, **more: Any) -> None:
        """Makes it the content of its revision; a higher version replaces the one before."""
        part, number, version = content.part, content.revision, content.version
        others = [one for one in self.held.get(part, []) if one.number != number]
        fresh = Revision(
            part=part,
            number=number,
            status=more.get("status", Status.RELEASED),
            phase_in=phase_in,
            phase_out=phase_out,
            content_version=version,
            compile_hash=hash_of(content),
        )
        self.held[part] = sorted([*others, fresh], key=lambda one: one.number)
        self.frozen[part, number, version] = content

    def retire(self, number: int, part: Sku = DOOR) -> None:
        """Makes a revision obsolete."""
        self.held[part] = [
            replace(one, status=Status.OBSOLETE) if one.number == number else one for one in self.held[part]
        ]

    async def parts(self, skus: Sequence[Sku]) -> list[Part | None]:
        self.asked += 1
        return [Part(id=sku, family=self.family.id) if sku in self.held else None for sku in skus]

    async def families(self, ids: Sequence[str]) -> list[Family | None]:
        return [self.family if id == self.family.id else None for id in ids]

    async def revisions(self, parts: Sequence[Sku]) -> Mapping[Sku, Sequence[Revision]]:
        self.asked += 1
        return {part: self.held.get(part, []) for part in parts}

    async def contents(self, keys: Sequence[ContentKey]) -> list[Content | None]:
        return [self.frozen.get(key) for key in keys]

    async def hashes(self, keys: Sequence[ContentKey]) -> list[str | None]:
        return [hash_of(self.frozen[key]) if key in self.frozen else None for key in keys]

    async def since(self, keys: Sequence[ContentKey]) -> list[int | None]:
        return [self.written.get(key) for key in keys]


def hash_of(content: Content) -> str:
    """Equal contents, equal hashes."""
    return sha256(repr(replace(content, version=0)).encode()).hexdigest()


class Shop:
    """One process of the shop; `viewer` is who asks. Several may share a database and a workshop."""

    def __init__(
        self,
        database: Database,
        workshop: Workshop | None = None,
        solving: Solving | None = None,
        grace: timedelta = timedelta(0),
    ) -> None:
        self.database = database
        self.workshop = workshop or Workshop()
        self.solving = solving or Solving()
        self.store, models = SessionStore(database), Models(self.workshop)
        self.sessions = SessionService(self.store, models, self.solving, SECRET)
        self.finishing = FinishingService(self.sessions, grace)
        self.moving = MovingService(self.sessions)
        self.sharing = SharingService(self.sessions, SECRET)
        self.following = FollowingService(self.sessions)
        self.reasons = ReasonService(self.sessions)
        self.offering = OfferingService(models, self.solving)
        self.specifications = SpecificationStore(database)
        self.configurations = ConfigurationService(self.specifications, models, self.solving)
        self.schema = GraphSchema([PART])
        self.viewer = a_viewer()

    def context(self, feed: Feed | None = None) -> GraphContext:
        """Of one operation."""
        mine = (
            *(self.sessions, self.finishing, self.moving, self.sharing, self.following),
            *(self.reasons, self.offering, self.configurations),
        )
        services = {type(service): service for service in mine}
        reader: Any = feed
        return GraphContext(self.viewer, reader, services, self.schema.parts, self.schema.owners)

    async def run(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation; fails the test on errors."""
        result = await self.schema.execute(document, variables, self.context())
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    def be(self, customer: str | None) -> None:
        """Lets the viewer be this customer, or a guest."""
        self.viewer = replace(self.viewer, customer=Profile(CustomerId(customer)) if customer else None)

    async def open(self, *choices: tuple[str, str], part: str = DOOR, **more: Any) -> tuple[str, Shown]:
        """A session's key, and the session."""
        opening = Opening(Sku(part), **more)
        answer = await self.sessions.open(self.viewer, opening, Wishes([Edit(*each) for each in choices]))
        assert answer.problems == (), answer.problems
        assert answer.key
        assert answer.shown
        return answer.key, answer.shown

    async def choose(self, key: str, *choices: tuple[str, str | None], **more: Any) -> Answer:
        """Choices of a session."""
        wishes = Wishes([Edit(*each) for each in choices], **more)
        return await self.sessions.configure(self.viewer, Handle(key), wishes)

    async def close(self) -> None:
        """Ends the solver's thread."""
        await self.solving.close()


@asynccontextmanager
async def a_shop(database: Database, *contents: Content, **more: Any) -> Any:
    """With these models released."""
    shop = Shop(database, **more)
    for content in contents:
        shop.workshop.release(content)
    try:
        yield shop
    finally:
        await shop.close()


def values(shown: Shown | None) -> dict[str, str]:
    """What is chosen or follows."""
    assert shown
    return {name: str(one.value) for name, one in shown.step.assignments.items()}
