"""Tokens: those of the issuer for this shop are believed; forged, expired and others' are not."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gateway.identity import DevelopmentIssuer, Tokens, open_tokens, tokens as module
from gateway.identity.keys import Keys, from_file
from gateway.settings import Issuer, Mode, Settings, SettingsError, read_settings
from modules.kernel.errors import Unauthenticated, Unavailable
from modules.kernel.viewer import Role

ISSUER = Issuer("https://id.example", "shop", "")
RSA = rsa.generate_private_key(65_537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
EDWARDS = ed25519.Ed25519PrivateKey.generate()
PRIVATE: dict[str, tuple[str, Any]] = {"r": ("RS256", RSA), "e": ("ES256", CURVE), "d": ("EdDSA", EDWARDS)}


def public(id: str, **more: Any) -> dict[str, Any]:
    name, key = PRIVATE[id]
    algorithm: Any = jwt.get_algorithm_by_name(name)
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": id, **more}


def a_token(id: str = "r", **more: Any) -> str:
    algorithm, key = PRIVATE[id]
    now = int(time.time())
    claims = {"iss": ISSUER.name, "aud": "shop", "sub": "u-1", "exp": now + 60, "roles": ["planner"], **more}
    present = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(present, key, algorithm=algorithm, headers={"kid": id})


class Provider:
    """An issuer whose key set can be changed, be away, and be counted."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.away = False
        self.asked = 0

    def read(self) -> bytes:
        self.asked += 1
        if self.away:
            raise OSError("no route")
        return json.dumps({"keys": self.keys}).encode()


class Watch:
    """A clock that is put forward."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def make(*keys: dict[str, Any]) -> tuple[Tokens, Provider, Watch]:
    provider, watch = Provider(*keys), Watch()
    return Tokens(ISSUER, Keys(provider.read, watch), watch), provider, watch


@pytest.mark.parametrize("id", PRIVATE)
async def test_each_algorithm_is_verified(id: str) -> None:
    tokens, _, _ = make(*map(public, PRIVATE))
    assert (await tokens.identify(a_token(id))).principal.roles == {Role.PLANNER}


def _unsigned(token: str) -> str:
    head = urlsafe_b64encode(b'{"alg":"none","kid":"r"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def _of_no_algorithm(token: str) -> str:
    head = urlsafe_b64encode(b'{"alg":{},"kid":"r"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}.AAAA"


def _by_public_key(token: str) -> str:
    """Signed with what everybody knows, in the hope that it is taken for a shared secret."""
    head = urlsafe_b64encode(b'{"alg":"HS256","kid":"r"}').rstrip(b"=").decode()
    signed = f"{head}.{token.split('.')[1]}"
    signature = hmac.digest(json.dumps(public("r")).encode(), signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _changed(token: str) -> str:
    head, _, signature = token.split(".")
    claims = {**jwt.decode(token, options={"verify_signature": False}), "roles": ["administrator"]}
    return ".".join((head, urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode(), signature))


@pytest.mark.parametrize(
    "forge", [_unsigned, _of_no_algorithm, _by_public_key, _changed, lambda token: token[:-4] + "AAAA"]
)
async def test_a_forged_token_is_nobodys(forge: Callable[[str], str]) -> None:
    tokens, _, _ = make(*map(public, PRIVATE))
    with pytest.raises(Unauthenticated):
        await tokens.identify(forge(a_token()))


async def test_tokens_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 3)
    tokens, _, _ = make(public("d"))
    for number in range(10):
        await tokens.identify(a_token("d", sub=f"u-{number}"))
    assert len(tokens._kept) == 3


@pytest.mark.parametrize(
    "claim",
    [
        {"aud": "another"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": None},
        {"exp": None},
        {"exp": int(time.time()) - 600},
        # A day: tests are collected long before the last of them runs.
        {"nbf": int(time.time()) + 86_400},
    ],
)
async def test_a_token_of_others_or_of_another_time_is_refused(claim: dict[str, Any]) -> None:
    tokens, _, _ = make(public("r"))
    with pytest.raises(Unauthenticated):
        await tokens.identify(a_token(**claim))


@pytest.mark.parametrize("text", ["a.b.c", "..", "é.é.é", "a" * 50 + "." + "b" * 50 + "."])
async def test_what_is_no_token_is_refused(text: str) -> None:
    tokens, _, _ = make(public("r"))
    with pytest.raises(Unauthenticated):
        await tokens.identify(text)


async def test_a_key_is_for_its_own_algorithm_alone() -> None:
    tokens, _, _ = make(public("e", kid="r"))
    with pytest.raises(Unauthenticated):
        await tokens.identify(a_token("r"))


async def test_a_key_for_encryption_signs_nothing() -> None:
    tokens, _, _ = make(public("r", use="enc"))
    with pytest.raises(Unauthenticated):
        await tokens.identify(a_token("r"))


async def test_a_new_key_is_found_and_unknown_ones_do_not_hammer_the_issuer() -> None:
    tokens, provider, watch = make(public("r"))
    await tokens.identify(a_token("r"))
    provider.keys.append(public("e"))
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await tokens.identify(a_token("e"))
    assert provider.asked == 1
    watch.now += 31
    assert (await tokens.identify(a_token("e"))).principal.id == "user:u-1"
    assert provider.asked == 2


async def test_a_withdrawn_key_ends_though_its_tokens_were_known() -> None:
    tokens, provider, watch = make(public("r"))
    token = a_token("r", exp=int(time.time()) + 7200)
    await tokens.identify(token)
    provider.keys.clear()
    watch.now += 601
    with pytest.raises(Unauthenticated):
        await tokens.identify(token)


async def test_known_keys_serve_while_the_issuer_is_away_but_not_for_ever() -> None:
    tokens, provider, watch = make(public("r"))
    token = a_token("r", exp=int(time.time()) + 200_000)
    await tokens.identify(token)
    provider.away = True
    watch.now += 3600
    assert (await tokens.identify(token)).principal.id == "user:u-1"
    watch.now += 86_400
    with pytest.raises(Unavailable):
        await tokens.identify(token)


async def test_an_issuer_that_never_answered_is_unavailable_not_a_wrong_token() -> None:
    tokens, provider, _ = make()
    provider.away = True
    with pytest.raises(Unavailable):
        await tokens.identify(a_token())


async def test_a_token_that_was_believed_ends_with_its_time() -> None:
    tokens, _, watch = make(public("r"))
    token = a_token("r", exp=int(time.time()) + 10)
    await tokens.identify(token)
    watch.now += 41
    with pytest.raises(Unauthenticated):
        await tokens.identify(token)


async def test_keys_come_from_a_file_that_may_be_replaced(tmp_path: Path) -> None:
    file, watch = tmp_path / "jwks.json", Watch()
    file.write_text(json.dumps({"keys": [public("r")]}))
    tokens = Tokens(ISSUER, Keys(from_file(file), watch), watch)
    await tokens.identify(a_token("r"))
    file.write_text(json.dumps({"keys": [public("e")]}))
    watch.now += 31
    await tokens.identify(a_token("e"))


@pytest.mark.parametrize("content", ["", "[]", '{"keys": 1}', '{"keys": [{"kty": "what"}, 1]}'])
async def test_a_key_set_that_cannot_be_read_believes_nobody(content: str) -> None:
    watch = Watch()
    tokens = Tokens(ISSUER, Keys(content.encode, watch), watch)
    with pytest.raises((Unauthenticated, Unavailable)):
        await tokens.identify(a_token())


async def test_the_built_in_issuer_is_believed_on_a_developers_machine_only(tmp_path: Path) -> None:
    token = DevelopmentIssuer(tmp_path).issue("dev", [Role.MODELLER], stores=["berlin"])
    tokens = open_tokens(Settings(data=tmp_path))
    assert tokens is not None
    identity = await tokens.identify(token)
    assert (set(identity.principal.roles), set(identity.principal.stores or ())) == ({Role.MODELLER}, {"berlin"})
    assert open_tokens(Settings(data=tmp_path, host="0.0.0.0")) is None
    assert open_tokens(Settings(data=tmp_path, mode=Mode.PRODUCTION)) is None
    assert (tmp_path / "issuer.key").stat().st_mode & 0o777 == 0o600


async def test_a_named_issuer_takes_the_place_of_the_built_in_one(tmp_path: Path) -> None:
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [public("d")]}))
    environ = {"COGWERK_ISSUER": ISSUER.name, "COGWERK_AUDIENCE": "shop", "COGWERK_JWKS": str(keys)}
    tokens = open_tokens(read_settings(environ, data=str(tmp_path)))
    assert tokens is not None
    await tokens.identify(a_token("d"))
    with pytest.raises(Unauthenticated):
        await tokens.identify(DevelopmentIssuer(tmp_path).issue("dev", [Role.ADMINISTRATOR]))


@pytest.mark.parametrize(
    "more",
    [{}, {"COGWERK_AUDIENCE": "shop", "COGWERK_JWKS": "http://id.example/keys"}, {"COGWERK_AUDIENCE": "shop"}],
)
def test_an_issuer_without_audience_or_with_keys_in_clear_is_refused(more: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        read_settings({"COGWERK_ISSUER": "http://id.example", **more})
