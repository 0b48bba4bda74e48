"""Whose tries are counted together when nobody knows who asks."""

from __future__ import annotations

import ipaddress


def network(address: str) -> str:
    """An IPv4 address; of IPv6 the 64 bits that a household or a server gets, as it picks the rest freely."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.IPv6Network((found, 64), strict=False))
    return str(found)
