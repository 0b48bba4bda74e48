"""Stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.names import StoreId
from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, verdict
from modules.pricing.engine.view import View


@dataclass(frozen=True, slots=True)
class InStore(Judge):
    """It is bought in one of these stores."""

    KIND: ClassVar = "store"
    SUMMARY: ClassVar = "It is bought in one of these stores."
    DESCRIPTIONS: ClassVar = {"stores": "Ids of stores, of which one is enough."}
    LEAST: ClassVar = {"stores": 1}

    stores: tuple[StoreId, ...]

    def judge(self, view: View) -> Judgement:
        store = view.circumstances.store
        return verdict(self.KIND, store is not None and store.id in self.stores)

    def required(self) -> Iterator[Anchors]:
        yield frozenset(("store", name) for name in self.stores)
