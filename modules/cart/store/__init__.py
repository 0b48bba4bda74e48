"""Carts in Redis, by noun.

`addresses`: where a cart's keys lie. `scripts`: what is done there in one step. `carts`: the log of operations.
`links`: further keys of a cart. `quotes`: those that were asked to be kept.
`claims`: whose it is. `tills`: codes and parked carts. `mails`: their limits.
`archive`: carts in the database. `idle`: their way there. `active`: their way back.
`copies`: all of them, for a back-up.
`fresh`: what was just done to carts that are followed.
"""

from modules.cart.store.active import ActiveCarts
from modules.cart.store.addresses import BUCKETS, Address
from modules.cart.store.archive import ArchivedCarts, Kept
from modules.cart.store.carts import Appended, CartStore
from modules.cart.store.claims import Claim, ClaimStore, Merge
from modules.cart.store.copies import CopyStore
from modules.cart.store.idle import Idle, IdleStore
from modules.cart.store.links import LinkStore
from modules.cart.store.mails import MailLimits
from modules.cart.store.quotes import QuoteStore
from modules.cart.store.tills import TillStore

__all__ = [
    "BUCKETS",
    "ActiveCarts",
    "Address",
    "Appended",
    "ArchivedCarts",
    "CartStore",
    "Claim",
    "ClaimStore",
    "CopyStore",
    "Idle",
    "IdleStore",
    "Kept",
    "LinkStore",
    "MailLimits",
    "Merge",
    "QuoteStore",
    "TillStore",
]
