"""Carts in Redis, by noun.

`addresses`: where a cart's keys lie. `scripts`: what is done there in one step. `carts`: the log of operations.
`links`: further keys of a cart.
"""

from modules.cart.store.active import ActiveCarts
from modules.cart.store.addresses import BUCKETS, Address
from modules.cart.store.carts import Appended, CartStore
from modules.cart.store.links import LinkStore

__all__ = ["BUCKETS", "ActiveCarts", "Address", "Appended", "CartStore", "LinkStore"]
