"""A quote as text and back, and who may read it again: pure."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cache, lru_cache, partial
from types import NoneType, UnionType
from typing import Any, NewType, Self, get_args, get_origin, get_type_hints

import orjson

from modules.cart.engine.terms import Wishes
from modules.cart.model import Cart
from modules.kernel.basket import Quote
from modules.kernel.moments import parse_moment
from modules.kernel.viewer import Role, Viewer


@dataclass(frozen=True, slots=True)
class KeptQuote:
    """A quote with the question it answers: the cart in its version, and the terms but for the moment."""

    quote: Quote
    asked: str

    @classmethod
    def of(cls, quote: Quote, cart: Cart, wishes: Wishes) -> Self:
        """The answer for a cart on these terms."""
        return cls(quote, _question(cart.version, wishes))


@lru_cache(1_000)
def _question(version: int, wishes: Wishes) -> str:
    return hashlib.sha256(repr((version, replace(wishes, at=None))).encode()).hexdigest()[:16]


def pack(kept: KeptQuote) -> str:
    """As text, compressed: a quote of ten lines takes about two kilobytes. What is told `Later` is told now."""
    return b64encode(zlib.compress(orjson.dumps(kept, default=tuple), 6)).decode()


def unpack(text: str) -> KeptQuote | None:
    """What `pack` made; None for one that another version of the program wrote in a form not known here."""
    try:
        kept: KeptQuote = _reader(KeptQuote)(orjson.loads(zlib.decompress(b64decode(text))))
    except (KeyError, TypeError, ValueError, zlib.error):
        return None
    return kept


def own_view(viewer: Viewer) -> str:
    """Whose eyes a quote is made for: of everybody without rights and without a customer it is the same."""
    return _view(_rights(viewer), _customer(viewer))


def views(viewer: Viewer) -> list[str]:
    """Whose quotes a viewer may read, his own first: those that he would be shown if he left out his rights, his
    customer or both. Never those of other customers, nor those that rights have made richer: figures of stock where
    the channel shows states only, drafts of promotions."""
    rights, customer = _rights(viewer), _customer(viewer)
    pairs = [(rights, customer), ("", customer), (rights, ""), ("", "")]
    return list(dict.fromkeys(_view(*pair) for pair in pairs))


def _rights(viewer: Viewer) -> str:
    principal = viewer.principal
    return principal.id if principal.permissions or principal.roles - {Role.SHOPPER} else ""


def _customer(viewer: Viewer) -> str:
    return viewer.customer.id if viewer.customer else ""


def _view(rights: str, customer: str) -> str:
    return hashlib.sha256(f"{rights}\0{customer}".encode()).hexdigest()[:16] if rights or customer else "-"


Reader = Callable[[Any], Any]


@cache
def _reader(kind: Any) -> Reader:
    """What makes a value of this type of its JSON."""
    if isinstance(kind, NewType):
        return _reader(kind.__supertype__)
    origin = get_origin(kind)
    if origin is Sequence:
        return _tuple_reader((*get_args(kind), Ellipsis))
    if origin is tuple:
        return _tuple_reader(get_args(kind))
    if isinstance(kind, UnionType):
        (inner,) = (_reader(part) for part in get_args(kind) if part is not NoneType)
        return lambda value: None if value is None else inner(value)
    if kind is datetime:
        return parse_moment
    if is_dataclass(kind) or (isinstance(kind, type) and issubclass(kind, Enum)):
        return partial(_made, kind) if is_dataclass(kind) else kind
    return lambda value: value


def _tuple_reader(kinds: tuple[Any, ...]) -> Reader:
    if kinds[-1] is Ellipsis:
        read = _reader(kinds[0])
        return lambda values: tuple(read(value) for value in values)
    readers = [_reader(kind) for kind in kinds]
    return lambda values: tuple(read(value) for read, value in zip(readers, values, strict=True))


def _made(kind: Any, document: Mapping[str, Any]) -> Any:
    readers = _readers(kind)
    return kind(**{name: readers[name](value) for name, value in document.items()})


@cache
def _readers(kind: Any) -> dict[str, Reader]:
    return {name: _reader(hint) for name, hint in get_type_hints(kind).items()}
