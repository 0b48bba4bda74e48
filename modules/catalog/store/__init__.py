"""The catalogue in the database: `reading` answers, `changes` writes."""

from modules.catalog.store.changes import CatalogChange
from modules.catalog.store.reading import CatalogStore

__all__ = ["CatalogChange", "CatalogStore"]
