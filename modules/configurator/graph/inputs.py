"""What is handed in about sessions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as Number

import strawberry

from modules.configurator.engine.editing import Edit
from modules.configurator.model.keys import Right
from modules.configurator.model.sessions import SessionKind
from modules.configurator.service.door import Handle
from modules.configurator.service.moving import Onto
from modules.configurator.service.sessions import Opening, Wishes
from modules.configurator.service.sharing import LinkWish
from modules.kernel.graph import KEY, DateTime, Decimal
from modules.kernel.names import Sku

strawberry.enum(
    Onto,
    name="ConfigurationOnto",
    description="KEEP: the session stays on its revision, while that is released. REBASE: it takes the one that holds.",
)
_KEY = "What opens the session: the key that it came with, or a link."
_ID = "Without a key: one of the viewer's customer's own sessions."
_VERSION = "Refused unless the session is at this version."


@strawberry.input(description="A value for one characteristic; without a value its choice is taken back.")
class ConfigurationChoiceInput:
    characteristic: strawberry.ID = strawberry.field(description="Its id.")
    value: str | None = strawberry.field(
        default=None, description="An option's id, a number as a decimal string, or a text; null takes the choice back."
    )
    quantity: Decimal | None = strawberry.field(default=None, description="Of what has one.")

    def read(self) -> Edit:
        """In the module's words."""
        return Edit(self.characteristic, self.value, None if self.quantity is None else Number(self.quantity))


@strawberry.input(description="A session: by key, or one of the viewer's customer's own by id.")
class ConfigurationHandleInput:
    key: str | None = strawberry.field(default=None, description=_KEY)
    id: strawberry.ID | None = strawberry.field(default=None, description=_ID)

    def handle(self) -> Handle:
        """In the module's words."""
        return Handle(self.key, self.id)


@strawberry.input(description="Opens a session with `sku`, or goes on in one with `key` or `id`.")
class ConfigureInput(ConfigurationHandleInput):
    sku: strawberry.ID | None = strawberry.field(default=None, description="What is to be configured anew.")
    need_date: date | None = strawberry.field(
        default=None, description="When it is needed, by the market's calendar; today. It decides on the revision."
    )
    site: str | None = strawberry.field(default=None, description="Where it is made: 1 to 64 characters.")
    kind: SessionKind = strawberry.field(default=SessionKind.SALE, description="What the session is good for.")
    revision: int | None = strawberry.field(default=None, description="For TEST and PREVIEW only; the latest.")
    configuration_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Of a finished configuration of the product, pinned or not: the new session begins with its values "
        "as far as the model allows them, and tells what is left out.",
    )
    choices: list[ConfigurationChoiceInput] = strawberry.field(
        default_factory=list, description="In their order, at most 500; all of them hold, or none is taken."
    )
    force: bool = strawberry.field(
        default=False, description="Gives up for the choices what the preferred repair does, and tells it."
    )
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def opening(self, sku: str) -> Opening:
        """Of a new session."""
        return Opening(Sku(sku), self.need_date, self.site or "", self.kind, self.revision, self.configuration_id)

    def wishes(self) -> Wishes:
        """In the module's words."""
        edits = tuple(choice.read() for choice in self.choices)
        return Wishes(edits, self.force, self.expected_version, self.idempotency_key)


@strawberry.input(description="A session and the version it is expected at.")
class ChangeConfigurationInput(ConfigurationHandleInput):
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)


@strawberry.input(description="Another need date for a session.")
class MoveConfigurationInput(ChangeConfigurationInput):
    need_date: date = strawberry.field(description="By the market's calendar.")
    onto: Onto | None = strawberry.field(
        default=None, description="What to do where another revision holds on that day; without it that is a problem."
    )


@strawberry.input(description="A session to be put aside or taken up again.")
class ParkConfigurationInput(ConfigurationHandleInput):
    parked: bool = strawberry.field(default=True, description="False: taken up again.")


@strawberry.input(description="A session to be copied.")
class CloneConfigurationInput(ConfigurationHandleInput):
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A wish for a link.")
class ShareConfigurationInput(ConfigurationHandleInput):
    idempotency_key: str = strawberry.field(
        description="16 to 200 characters, made anew for each link: a UUID. With it the call may be sent again."
    )
    right: Right = strawberry.field(description="READ or EDIT.")
    label: str | None = strawberry.field(default=None, description='1 to 100 characters: "my adviser".')
    expires_at: DateTime | None = strawberry.field(
        default=None, description="From then on it opens nothing. Without it, until it is revoked."
    )

    def wish(self) -> LinkWish:
        """In the module's words."""
        return LinkWish(self.right, self.label or "", self.expires_at)


@strawberry.input(description="The end of a link.")
class RevokeConfigurationLinkInput(ConfigurationHandleInput):
    link: strawberry.ID = strawberry.field(description="As the session's links show it.")


@strawberry.input(description="A guest's session to be made the customer's.")
class ClaimConfigurationInput:
    key: str = strawberry.field(description="The guest's.")
