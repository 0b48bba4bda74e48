"""The form of keys, and when one opens."""

from __future__ import annotations

import hashlib

import pytest

from modules.access.model import RIGHTS, ApiKey, NewKey, Token, is_key_id, make
from modules.kernel.errors import InvalidInput
from modules.kernel.viewer import OPERATOR, Permission, Principal, Role

TOKEN = Token("0123456789abcdef", "s" * 43)


def a_key(
    *, role: Role = Role.INTEGRATOR, permissions: frozenset[Permission] = frozenset({Permission.STOCK_READ})
) -> ApiKey:
    """The key of TOKEN."""
    return make(TOKEN, "ERP", role, permissions, OPERATOR)(5)


def test_a_token_is_read_back_from_its_text() -> None:
    assert Token.parse(TOKEN.text) == TOKEN
    assert TOKEN.text == f"cwk_0123456789abcdef_{'s' * 43}"
    underscored = Token("0123456789abcdef", "_-" * 21 + "_")
    assert Token.parse(underscored.text) == underscored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cwk_",
        "cwk_0123456789abcdef_short",
        TOKEN.text + "s",
        TOKEN.text.upper(),
        "x" + TOKEN.text,
        TOKEN.text + "\n",
    ],
)
def test_what_has_not_the_form_of_a_token_is_none(text: str) -> None:
    assert Token.parse(text) is None


def test_a_key_opens_for_its_own_token_alone() -> None:
    key = a_key()
    other = Token(TOKEN.id, "t" * 43)
    assert key.principal(TOKEN) == Principal(
        "key:0123456789abcdef", frozenset({Role.INTEGRATOR}), frozenset({Permission.STOCK_READ})
    )
    assert key.principal(other) is None


def test_only_a_hash_is_kept_and_nothing_shows_the_secret() -> None:
    key = a_key()
    assert key.digest == hashlib.sha256(TOKEN.secret.encode()).hexdigest()
    for shown in (repr(key), repr(TOKEN), repr(NewKey("1", TOKEN.text)), str(key.state())):
        assert TOKEN.secret not in shown
        assert key.digest not in shown


def test_nobody_gives_a_scope_that_it_lacks() -> None:
    maker = Principal("key:1", permissions=frozenset({Permission.KEYS_WRITE, Permission.STOCK_READ}))
    assert make(TOKEN, "ERP", Role.INTEGRATOR, [Permission.STOCK_READ], maker)(5).permissions == {Permission.STOCK_READ}
    with pytest.raises(InvalidInput) as caught:
        make(TOKEN, "ERP", Role.INTEGRATOR, [Permission.STOCK_READ, Permission.STOCK_WRITE], maker)
    assert (caught.value.path, caught.value.allowed) == (("input", "scopes"), "one or more of: keys:write, stock:read")


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a" * 101, "\ud800"])
def test_a_key_has_a_name_that_can_be_read(name: str) -> None:
    with pytest.raises(InvalidInput):
        make(TOKEN, name, Role.INTEGRATOR, [Permission.STOCK_READ], OPERATOR)


def test_an_integrator_s_key_without_scopes_is_refused() -> None:
    with pytest.raises(InvalidInput):
        make(TOKEN, "ERP", Role.INTEGRATOR, [], OPERATOR)


@pytest.mark.parametrize("role", [role for role in Role if RIGHTS[role]])
def test_a_key_without_scopes_has_those_of_its_role(role: Role) -> None:
    key = a_key(role=role, permissions=frozenset())
    assert key.principal(TOKEN) == Principal(f"key:{TOKEN.id}", frozenset({role}), RIGHTS[role])


def test_a_role_can_be_given_with_fewer_scopes_than_it_has() -> None:
    key = a_key(role=Role.MERCHANDISER, permissions=frozenset({Permission.PROMOTIONS_READ}))
    assert (key.role, key.permissions) == (Role.MERCHANDISER, frozenset({Permission.PROMOTIONS_READ}))


def test_nobody_gives_a_role_whose_rights_it_lacks() -> None:
    maker = Principal("key:1", permissions=RIGHTS[Role.PLANNER] | {Permission.KEYS_WRITE})
    assert make(TOKEN, "planning", Role.PLANNER, [], maker)(5).permissions == RIGHTS[Role.PLANNER]
    with pytest.raises(InvalidInput) as caught:
        make(TOKEN, "prices", Role.MERCHANDISER, [Permission.STOCK_READ], maker)
    assert (caught.value.path, caught.value.allowed) == (("input", "role"), "integrator, planner, shopper")


def test_only_an_administrator_may_all() -> None:
    assert RIGHTS.keys() == set(Role)
    assert [role for role, rights in RIGHTS.items() if Permission.KEYS_WRITE in rights] == [Role.ADMINISTRATOR]
    assert RIGHTS[Role.ADMINISTRATOR] == set(Permission)


def test_ids_have_a_form() -> None:
    assert [is_key_id(text) for text in (TOKEN.id, "", "\x00", TOKEN.id.upper())] == [True, False, False, False]
