"""The configurator put together: its stores, its services, and what these share, by plain constructor calls."""

from __future__ import annotations

from dataclasses import dataclass

from modules.configurator.store.models import ModelStore
from modules.runtime.database import Database


@dataclass(frozen=True, slots=True)
class Configurator:
    """The services of the configurator, by noun."""

    models: ModelStore


def wire_configurator(database: Database) -> Configurator:
    """It needs the database alone."""
    return Configurator(models=ModelStore(database))
