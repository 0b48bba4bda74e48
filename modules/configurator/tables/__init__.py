"""The configurator's tables. Moments are microseconds since 1970; documents are JSON."""

from modules.configurator.tables import making, models, sessions
from modules.configurator.tables.base import metadata

__all__ = ["making", "metadata", "models", "sessions"]
