"""Use cases of carts. The key is the right to a cart, so no permission is asked for beside it."""

from modules.cart.service.carts import Applied, CartService, Created, Seen

__all__ = ["Applied", "CartService", "Created", "Seen"]
