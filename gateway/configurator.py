"""The configurator put together: its stores, its services, and what these share, by plain constructor calls."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_bytes

from modules.configurator.service.books import Books
from modules.configurator.service.browsing import BrowsingService
from modules.configurator.service.configurations import ConfigurationService
from modules.configurator.service.documents import DocumentService
from modules.configurator.service.finishing import FinishingService
from modules.configurator.service.following import FollowingService
from modules.configurator.service.gatekeeping import Gatekeeper
from modules.configurator.service.keeping import KeepingService
from modules.configurator.service.making import MakingService
from modules.configurator.service.modelling import ModellingService
from modules.configurator.service.models import Models
from modules.configurator.service.moving import MovingService
from modules.configurator.service.offering import OfferingService
from modules.configurator.service.quality import QualityService
from modules.configurator.service.reasons import ReasonService
from modules.configurator.service.sessions import SessionService
from modules.configurator.service.sharing import SharingService
from modules.configurator.service.solving import Solving
from modules.configurator.service.subjects import Subjects
from modules.configurator.service.surcharges import SurchargeService
from modules.configurator.store.making import MakingStore
from modules.configurator.store.models import ModelStore
from modules.configurator.store.sessions import SessionStore
from modules.configurator.store.specifications import SpecificationStore
from modules.runtime.database import Database
from modules.runtime.leader import leader_of


@dataclass(frozen=True, slots=True)
class Configurator:
    """The services of the configurator, by noun."""

    models: ModelStore
    modelling: ModellingService
    browsing: BrowsingService
    quality: QualityService
    solving: Solving
    sessions: SessionService
    finishing: FinishingService
    moving: MovingService
    sharing: SharingService
    following: FollowingService
    reasons: ReasonService
    keeping: KeepingService
    documents: DocumentService
    offering: OfferingService
    configurations: ConfigurationService
    subjects: Subjects
    books: Books
    surcharges: SurchargeService


class ConfiguratorAnswers:
    """What the configurator answers other modules."""

    def __init__(self, configurator: Configurator, making: MakingService) -> None:
        self.configurations = configurator.configurations.configurations
        self.surcharges = configurator.surcharges.surcharges
        self.makeable = making.makeable


def wire_configurator(
    database: Database, secret: bytes | None = None, stale_grace: timedelta = timedelta(0)
) -> Configurator:
    """It needs the database alone. Without a `secret` links are known again in this process only. For so long as
    `stale_grace` after a newer content was written sessions on the older one may be finalised."""
    key = hmac.digest(secret or token_bytes(32), b"configurations", "sha256")
    store, reader, solving = SessionStore(database), ModelStore(database), Solving()
    models = Models(reader)
    sessions = SessionService(store, models, solving, key)
    specifications, subjects = SpecificationStore(database), Subjects(models, solving)
    gatekeeper = Gatekeeper(solving)
    books = Books(reader, MakingStore(database))
    return Configurator(
        models=reader,
        modelling=ModellingService(reader, gatekeeper, specifications),
        browsing=BrowsingService(reader, gatekeeper),
        quality=QualityService(reader, models, sessions),
        solving=solving,
        sessions=sessions,
        finishing=FinishingService(sessions, stale_grace),
        moving=MovingService(sessions),
        sharing=SharingService(sessions, key),
        following=FollowingService(sessions),
        reasons=ReasonService(sessions),
        keeping=KeepingService(store, leader_of(database, "sessions")),
        documents=DocumentService(reader, ModellingService(reader, Gatekeeper(solving), specifications)),
        offering=OfferingService(models, solving),
        configurations=ConfigurationService(specifications, models, solving),
        subjects=subjects,
        books=books,
        surcharges=SurchargeService(specifications, subjects, books),
    )
