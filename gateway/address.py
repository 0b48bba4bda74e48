"""From which network address is asked. For limits only: it is neither logged nor kept in clear."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from gateway.settings import Network

PEER: Final = ":peer"
"""Where the edge puts the connection's own address among the headers. No header can be called so."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def asked_from(headers: Mapping[str, str], trusted: Sequence[Network]) -> str:
    """The connection's address; behind trusted proxies the nearest one of X-Forwarded-For that is no such proxy.

    Read from the right: what stands left of the first address that is not trusted was written by who knows whom.
    Empty when the connection has no address.
    """
    address = _parse(headers.get(PEER, ""))
    if address is None:
        return ""
    before = reversed(headers.get("x-forwarded-for", "").split(",") if trusted else ())
    while _is_trusted(address, trusted):
        named = _parse(next(before, "").strip())
        if named is None:
            break
        address = named
    return str(address)


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


@lru_cache(maxsize=4_096)
def _parse(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket for both families tells IPv4 as ::ffff:192.0.2.1, and every network would have to be named twice.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
