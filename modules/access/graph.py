"""Access's part of the graph: `apiKeys`, `createApiKey`, `revokeApiKeys`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from modules.access import model
from modules.access.service import AccessService
from modules.kernel.graph import DateTime, Info, Outcome, Part, Problem, field, problems
from modules.kernel.moments import from_us
from modules.kernel.viewer import Permission, Role


def _describe(kind: type, description: Callable[[Any], str]) -> None:
    """Gives every value of an enum its description."""
    definition: StrawberryEnumDefinition = kind.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = description(value.value)


def _brought_by(permission: Permission) -> str:
    roles = [role.name for role, rights in model.RIGHTS.items() if permission in rights]
    return f"`{permission}`, brought by {' and '.join(roles)}."


def _brings(role: Role) -> str:
    rights = [f"`{permission}`" for permission in Permission if permission in model.RIGHTS[role]]
    return f"Brings {', '.join(rights) or 'no scope by itself'}."


strawberry.enum(Permission, name="Scope", description="One right, as the descriptions of fields name it.")
strawberry.enum(Role, description="What a person or program is to the shop, and the scopes that come with it.")
_describe(Permission, _brought_by)
_describe(Role, _brings)


@strawberry.type(description="An API key, without its secret.")
class ApiKey:
    id: strawberry.ID = strawberry.field(description="Public; it opens nothing.")
    name: str = strawberry.field(description="Who uses it, for people.")
    role: Role = strawberry.field(description="Whose work it does; carts and logs show it.")
    scopes: list[Permission] = strawberry.field(description="What it may do.")
    ending: str = strawberry.field(description="The last characters of the key.")
    created_at: DateTime = strawberry.field(description="When it was made.")
    revoked_at: DateTime | None = strawberry.field(description="When it was revoked; null: it is valid.")

    @classmethod
    def of(cls, key: model.ApiKey) -> ApiKey:
        """From the model's value."""
        return cls(
            id=strawberry.ID(key.id),
            name=key.name,
            role=key.role,
            scopes=sorted(key.permissions),
            ending=key.ending,
            created_at=DateTime(from_us(key.created_us)),
            revoked_at=None if key.revoked_us is None else DateTime(from_us(key.revoked_us)),
        )


@strawberry.input(description="A new key.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="For people: who uses it. At most 100 characters.")
    role: Role = strawberry.field(
        default=Role.INTEGRATOR, description="Whose work it does. You must have all the scopes that the role has."
    )
    scopes: list[Permission] = strawberry.field(
        default_factory=list,
        description="Some of your own. Without any: the role's; an integrator has none of its own.",
    )


@strawberry.type(description="The new key.")
class CreateApiKeyPayload:
    id: strawberry.ID | None = strawberry.field(description="Null when refused.")
    key: str | None = strawberry.field(description="Shown once: send it as Authorization: Bearer. Whoever has it may.")
    problems: list[Problem] = strawberry.field(description="What was refused, and why.")


@strawberry.input(description="At most 1,000 keys.")
class RevokeApiKeysInput:
    ids: list[strawberry.ID] = strawberry.field(description="As `apiKeys` lists them.")


@strawberry.type(description="What became of the keys.")
class RevokeApiKeysPayload(Outcome):
    pass


async def _api_keys(info: Info) -> list[ApiKey]:
    keys = await info.context.use(AccessService).api_keys(info.context.viewer)
    return [ApiKey.of(key) for key in keys]


async def _create_api_key(info: Info, input: CreateApiKeyInput) -> CreateApiKeyPayload:
    service = info.context.use(AccessService)
    made = await service.create_api_key(info.context.viewer, input.name, input.scopes, input.role)
    id = None if made.id is None else strawberry.ID(made.id)
    return CreateApiKeyPayload(id=id, key=made.key, problems=problems(info.context, made.problems))


async def _revoke_api_keys(info: Info, input: RevokeApiKeysInput) -> RevokeApiKeysPayload:
    done = await info.context.use(AccessService).revoke_api_keys(info.context.viewer, input.ids)
    return RevokeApiKeysPayload.of(info, done)


@strawberry.type
class Query:
    api_keys: list[ApiKey] = field(
        _api_keys, description="All keys, the newest first, revoked ones too; needs the scope keys:write."
    )


@strawberry.type
class Mutation:
    create_api_key: CreateApiKeyPayload = field(
        _create_api_key,
        description="Makes a key with some of your own scopes, or a role's; needs the scope keys:write.",
    )
    revoke_api_keys: RevokeApiKeysPayload = field(
        _revoke_api_keys, description="Revokes keys for good, at once; needs the scope keys:write."
    )


PART = Part("access", query=Query, mutation=Mutation)
