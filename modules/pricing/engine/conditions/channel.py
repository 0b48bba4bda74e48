"""Channels: a web shop, an app, tills."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from modules.kernel.names import ChannelId
from modules.pricing.engine.conditions.base import Anchors, Judge, Judgement, verdict
from modules.pricing.engine.view import View


@dataclass(frozen=True, slots=True)
class InChannel(Judge):
    """The cart is in one of these channels."""

    KIND: ClassVar = "channel"
    SUMMARY: ClassVar = "The cart is in one of these channels."
    DESCRIPTIONS: ClassVar = {"channels": "Ids of channels, of which one is enough."}
    LEAST: ClassVar = {"channels": 1}

    channels: tuple[ChannelId, ...]

    def judge(self, view: View) -> Judgement:
        return verdict(self.KIND, view.case.circumstances.channel.id in self.channels)

    def required(self) -> Iterator[Anchors]:
        yield frozenset(("channel", name) for name in self.channels)
