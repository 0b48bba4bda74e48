"""Use cases of carts. The key is the right to a cart, so no permission is asked for beside it."""

from modules.cart.service.archiving import ArchiveService
from modules.cart.service.carts import Applied, CartService, Created, Seen
from modules.cart.service.links import LinkDone, LinkInput, LinkService

__all__ = ["Applied", "ArchiveService", "CartService", "Created", "LinkDone", "LinkInput", "LinkService", "Seen"]
