"""Claims: roles, rights and places that a verified token gives, and what it can never give."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.identity.claims import read_claims
from modules.access.model import RIGHTS
from modules.kernel.errors import Unauthenticated
from modules.kernel.viewer import Permission, Role


def claims(**more: Any) -> dict[str, Any]:
    return {"sub": "u-1", "exp": 1_800_000_000, **more}


def test_a_token_without_roles_is_a_shoppers() -> None:
    identity = read_claims(claims(customer="c-1"))
    assert (identity.principal.id, set(identity.principal.roles)) == ("user:u-1", {Role.SHOPPER})
    assert (identity.principal.permissions, identity.customer) == (frozenset(), "c-1")
    assert identity.principal.until == datetime.fromtimestamp(1_800_000_000, UTC)


@pytest.mark.parametrize("roles", ["planner merchandiser", ["planner", "merchandiser", "somebody-elses", 7]])
def test_rights_are_those_of_all_roles_of_ours(roles: object) -> None:
    principal = read_claims(claims(roles=roles)).principal
    assert principal.roles == {Role.PLANNER, Role.MERCHANDISER}
    assert principal.permissions == RIGHTS[Role.PLANNER] | RIGHTS[Role.MERCHANDISER]


def test_scopes_of_ours_narrow_and_never_widen() -> None:
    narrowed = read_claims(claims(roles="planner", scope="openid stock:read prices:write")).principal
    assert narrowed.permissions == {Permission.STOCK_READ}
    assert read_claims(claims(scope="stock:write")).principal.permissions == frozenset()
    assert read_claims(claims(roles="planner", scope="openid")).principal.permissions == RIGHTS[Role.PLANNER]


def test_roles_are_found_at_a_path_or_under_a_name_with_dots() -> None:
    inside = claims(realm_access={"roles": ["planner"]})
    assert Role.PLANNER in read_claims(inside, "realm_access.roles").principal.roles
    named = claims(**{"https://shop.example/roles": ["planner"]})
    assert Role.PLANNER in read_claims(named, "https://shop.example/roles").principal.roles
    assert read_claims(claims(realm_access="x"), "realm_access.roles").principal.roles == {Role.SHOPPER}


def test_places_are_everywhere_unless_said_and_nowhere_for_an_empty_list() -> None:
    assert read_claims(claims()).principal.channels is None
    identity = read_claims(claims(channels="web till", stores=[]))
    assert identity.principal.channels == frozenset({"web", "till"})
    assert identity.principal.stores == frozenset()


@pytest.mark.parametrize("subject", [None, "", 7, "x" * 201, "a\nb"])
def test_a_subject_that_is_no_name_is_nobody(subject: object) -> None:
    with pytest.raises(Unauthenticated):
        read_claims({**claims(), "sub": subject})
