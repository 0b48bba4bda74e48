"""What a cart keeps of its keys, as JSON documents by the digest of each secret.

{"right"} of the owner's; {"made", "id", "right", "label", "until"} of a link's, moments in microseconds and "until"
only where it ends by itself. The right of one that was revoked is "none".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from modules.cart.model.keys import Access, Link, Right

FIELD: Final = "g:"
"""What the names of such fields begin with."""


def encode_link(link: Link) -> bytes:
    """The document of a link without the moment at which it is made."""
    document = {"id": link.id, "right": link.right, "label": link.label}
    return orjson.dumps(document if link.expires_us is None else {**document, "until": link.expires_us})


def access(fields: Mapping[str, str], digest: str, now_us: int) -> Access | None:
    """How the secret of this digest opens a cart with these fields; None when it does not."""
    grants = {name: orjson.loads(text) for name, text in fields.items() if name.startswith(FIELD)}
    own = grants.get(FIELD + digest)
    if own is None or not _holds(own, now_us):
        return None
    right = Right(own["right"])
    links = [_link(grant) for grant in grants.values() if "id" in grant and _holds(grant, now_us)]
    shown = sorted(links, key=lambda link: (link.created_us, link.id)) if right is Right.OWNER else ()
    return Access(right, own.get("until"), tuple(shown))


def _holds(grant: Mapping[str, Any], now_us: int) -> bool:
    return grant["right"] != "none" and not (grant.get("until") and grant["until"] <= now_us)


def _link(grant: Mapping[str, Any]) -> Link:
    return Link(grant["id"], Right(grant["right"]), grant["label"], grant["made"], grant.get("until"))
