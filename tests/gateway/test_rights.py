"""Rights: every mutation asked by every role, against one table of who may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
)

from gateway.demo import fill_with_demo
from gateway.identity import DevelopmentIssuer
from gateway.parts import make_graph
from gateway.process import Process, open_process
from gateway.settings import Settings
from modules.access.model import RIGHTS
from modules.kernel.errors import CogwerkError
from modules.kernel.viewer import Permission, Role

GRAPH = make_graph()
MUTATIONS = GRAPH._schema.mutation_type.fields if GRAPH._schema.mutation_type else {}
MUTATIONS_OF: Mapping[Permission, tuple[str, ...]] = {
    Permission.MARKETS_WRITE: ("upsertMarkets", "upsertChannels", "upsertStores"),
    Permission.PRODUCTS_WRITE: ("upsertProducts", "upsertCategories", "upsertProductGroups"),
    Permission.PRICES_WRITE: (
        *("setPrices", "endPrices", "upsertPriceLists", "upsertExchangeRates", "upsertTaxRules"),
        *("upsertShippingMethods", "voidPricePoints", "linkPriceHistory"),
    ),
    Permission.PROMOTIONS_WRITE: (
        *("upsertPromotions", "activatePromotions", "pausePromotions", "resumePromotions", "endPromotions"),
        *("upsertCodes", "generateCodes", "withdrawCodes"),
    ),
    Permission.REDEMPTIONS_WRITE: ("holdPromotionUses", "confirmPromotionUses", "revertPromotionUses"),
    Permission.STOCK_WRITE: (
        *("setStockLevels", "upsertSources", "setChannelBuffers", "setSourcingRules", "setHoldRules"),
        *("shipStock", "restock", "takeStock", "sendTransfers", "receiveTransfers"),
        *("confirmPickup", "pickPickup", "finishPickup", "collectPickup"),
        *("recordStockFeed", "beginStockSnapshot", "endStockSnapshot", "acknowledgeOrders"),
        *("recordDemand", "setSupplyPolicies", "planStock", "activateSafetyStock"),
    ),
    Permission.STOCK_HOLD: (
        *("holdStock", "extendHold", "resizeReservation", "commitHold", "releaseHold"),
        *("requestPickup", "settlePickup", "issuePickupCode", "extendPickup", "cancelPickup", "returnPickup"),
        *("joinWaitingList", "leaveWaitingList"),
    ),
    Permission.MODELS_WRITE: (
        "changeModels",
        "copyRevision",
        "takeModelDocument",
        "upsertWorks",
        "setStandardCosts",
        "saveConfigurationCost",
        "handOverConfiguration",
    ),
    Permission.CUSTOMERS_WRITE: ("upsertCustomers", "upsertSegments"),
    Permission.CARTS_OPEN: ("openCartByCode", "parkCart", "resumeCart"),
    Permission.KEYS_WRITE: ("createApiKey", "revokeApiKeys"),
}
"""Which mutations need which right."""
BY_KEY = {
    *("createCart", "applyCartOperations", "createCartLink", "mailCartLink", "revokeCartLink", "claimCart"),
    *("openCustomerCart", "showCartCode", "releaseCart"),
    *("createWishlist", "applyWishlistOperations", "orderWishlists", "deleteWishlist", "createWishlistLink"),
    *("revokeWishlistLink", "moveWishlistToCart", "watchWishlistItems", "unwatchWishlistItems"),
    *("confirmWishlistMail", "stopWishlistMail"),
    *("configure", "rebaseConfiguration", "moveConfiguration", "parkConfiguration", "finaliseConfiguration"),
    *("cloneConfiguration", "shareConfiguration", "revokeConfigurationLink"),
}
"""Anybody's: whoever has the key of a cart, list or configuration, or makes one, or is the customer."""
OF_CUSTOMERS = {"claimConfiguration", "claimWishlists"}
"""For customers alone, which none of the roles is by itself."""
ALSO = dict.fromkeys(("settlePickup", "extendPickup", "cancelPickup", "returnPickup"), Permission.STOCK_WRITE)
"""Where another right does as well: stores do these steps themselves."""
NEEDS = {name: permission for permission, names in MUTATIONS_OF.items() for name in names}


def sample(kind: GraphQLInputType) -> Any:
    """The least that is well typed: nothing that exists, so that nothing is changed by who may."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLList):
        return []
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        fields = kind.fields.items()
        if kind.is_one_of:
            name, field = next(iter(fields))
            return {name: sample(field.type)}
        needed = {name: field for name, field in fields if isinstance(field.type, GraphQLNonNull)}
        return {name: sample(field.type) for name, field in needed.items() if field.default_value is Undefined}
    texts = {"Int": 1, "Boolean": True, "DateTime": "2026-01-01T00:00:00Z", "Date": "2026-01-01", "Decimal": "1"}
    return texts.get(kind.name, "nothing-of-this-name")


async def refusal(process: Process, name: str, headers: Mapping[str, str]) -> str | None:
    """UNAUTHENTICATED or FORBIDDEN where the mutation is refused for want of a right, else None."""
    arguments = MUTATIONS[name].args
    declared = ", ".join(f"${argument}: {one.type}" for argument, one in arguments.items())
    given = ", ".join(f"{argument}: ${argument}" for argument in arguments)
    result = await GRAPH.execute(
        f"mutation({declared}) {{ {name}({given}) {{ __typename }} }}",
        variable_values={argument: sample(one.type) for argument, one in arguments.items()},
        context_value=await process.context(headers),
    )
    codes = {_code(error) for error in result.errors or ()}
    return next((code for code in ("UNAUTHENTICATED", "FORBIDDEN") if code in codes), None)


def _code(error: GraphQLError) -> str:
    # Anything that is no error of ours is a fault of the test: an input that is not well typed.
    assert isinstance(error.original_error, CogwerkError), error.message
    return error.original_error.code


def test_the_table_names_every_mutation_once() -> None:
    named = [*BY_KEY, *OF_CUSTOMERS, *(name for names in MUTATIONS_OF.values() for name in names)]
    assert sorted(named) == sorted(MUTATIONS)


def test_the_schema_says_which_scope_a_mutation_needs_and_which_roles_bring_it() -> None:
    silent = {name for name, right in NEEDS.items() if str(right) not in str(MUTATIONS[name].description)}
    assert silent == set()
    scopes, roles = GRAPH._schema.type_map["Scope"], GRAPH._schema.type_map["Role"]
    assert isinstance(scopes, GraphQLEnumType)
    assert isinstance(roles, GraphQLEnumType)
    for role, rights in RIGHTS.items():
        for right in rights:
            assert role.name in str(scopes.values[right.name].description)
            assert str(right) in str(roles.values[role.name].description)


@asynccontextmanager
async def a_process(data: Path) -> AsyncIterator[Process]:
    """As `serve` has it, with the demo shop."""
    settings = Settings(data=data)
    async with open_process(settings) as process:
        await fill_with_demo(process.trade, data)
        yield process


def expected(name: str, role: Role | None) -> str | None:
    """As the table says."""
    if name in OF_CUSTOMERS:
        return "UNAUTHENTICATED"
    rights = RIGHTS[role] if role else frozenset[Permission]()
    if name in BY_KEY or NEEDS[name] in rights or ALSO.get(name) in rights:
        return None
    return "FORBIDDEN" if role else "UNAUTHENTICATED"


IN_PLACE = {
    *MUTATIONS_OF[Permission.STOCK_HOLD],
    *MUTATIONS_OF[Permission.REDEMPTIONS_WRITE],
    *MUTATIONS_OF[Permission.CARTS_OPEN],
    *("setStockLevels", "recordStockFeed", "beginStockSnapshot", "sendTransfers", "shipStock"),
    *("setPrices", "endPrices", "confirmPickup", "pickPickup", "finishPickup", "collectPickup"),
}
"""What somebody may do who is confined to a channel and a store, and stands in it: these act there, or name nothing
here. All others reach beyond."""


async def test_who_is_confined_to_a_place_may_nothing_that_reaches_beyond_it(tmp_path: Path) -> None:
    token = DevelopmentIssuer(tmp_path).issue("u-1", [Role.ADMINISTRATOR], channels=["tills-de"], stores=["berlin"])
    bearer = {"authorization": f"Bearer {token}", "cogwerk-channel": "tills-de", "cogwerk-store": "berlin"}
    async with a_process(tmp_path) as process:
        found = {name for name in NEEDS if await refusal(process, name, bearer) is None}
    assert found == IN_PLACE


async def test_every_mutation_is_refused_to_every_role_that_lacks_its_right_and_to_no_other(tmp_path: Path) -> None:
    issuer = DevelopmentIssuer(tmp_path)
    bearers = {role: {"authorization": f"Bearer {issuer.issue('u-1', [role])}"} for role in Role}
    async with a_process(tmp_path) as process:
        found = {
            (name, role): await refusal(process, name, bearers[role] if role else {})
            for name in MUTATIONS
            for role in (None, *Role)
        }
    assert {key: code for key, code in found.items() if code != expected(*key)} == {}
