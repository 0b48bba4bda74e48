"""What the last change did, as the graph tells it."""

from __future__ import annotations

from typing import Self

import strawberry

from modules.configurator.engine import news
from modules.configurator.graph.steps import CharacteristicAssignment, ConfigurationMessage
from modules.configurator.graph.words import Words
from modules.configurator.model.sessions import Assignment


@strawberry.type(description="A characteristic that is something else now.")
class ConfigurationReassignment:
    characteristic: strawberry.ID = strawberry.field(description="Its id.")
    label: str = strawberry.field(description="In the viewer's language.")
    before: CharacteristicAssignment | None = strawberry.field(description="Null: it had no value.")
    after: CharacteristicAssignment | None = strawberry.field(description="Null: it has none.")


@strawberry.type(description="A characteristic with other options to choose from.")
class ConfigurationOfferChange:
    characteristic: strawberry.ID = strawberry.field(description="Its id.")
    more: list[strawberry.ID] = strawberry.field(description="Options that are possible now and were not.")
    fewer: list[strawberry.ID] = strawberry.field(description="Options that were possible and are not now.")


@strawberry.type(description="What differs from the answer before.")
class ConfigurationNews:
    assignments: list[ConfigurationReassignment] = strawberry.field(description="Values that came, went or changed.")
    offers: list[ConfigurationOfferChange] = strawberry.field(description="Options that came or went.")
    messages: list[ConfigurationMessage] = strawberry.field(description="Messages that are new.")
    gone: list[ConfigurationMessage] = strawberry.field(description="Messages that hold no more.")

    @classmethod
    def of(cls, found: news.News, words: Words, hidden: frozenset[str]) -> Self:
        """In the viewer's language, without what is hidden."""

        def shown(name: str, one: Assignment | None) -> CharacteristicAssignment | None:
            return CharacteristicAssignment.of(name, one, words) if one else None

        return cls(
            assignments=[
                ConfigurationReassignment(
                    characteristic=strawberry.ID(one.characteristic),
                    label=words.characteristic(one.characteristic),
                    before=shown(one.characteristic, one.before),
                    after=shown(one.characteristic, one.after),
                )
                for one in found.assignments
                if one.characteristic not in hidden
            ],
            offers=[
                ConfigurationOfferChange(
                    characteristic=strawberry.ID(one.characteristic),
                    more=[strawberry.ID(option) for option in one.more],
                    fewer=[strawberry.ID(option) for option in one.fewer],
                )
                for one in found.offers
                if one.characteristic not in hidden
            ],
            messages=[ConfigurationMessage.of(message, words) for message in found.messages],
            gone=[ConfigurationMessage.of(message, words) for message in found.gone],
        )
