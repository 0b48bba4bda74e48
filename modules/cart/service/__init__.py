"""Use cases of carts. The key is the right to a cart, so no permission is asked for beside it."""

from modules.cart.service.archiving import ArchiveService
from modules.cart.service.carts import Applied, CartService, Created, Seen
from modules.cart.service.claims import ClaimDone, ClaimService
from modules.cart.service.copying import CopyService
from modules.cart.service.deliveries import CartDeliveries
from modules.cart.service.following import CartFollowing, Sight
from modules.cart.service.links import LinkDone, LinkInput, LinkService
from modules.cart.service.opened import OpenCarts
from modules.cart.service.quotes import CartQuotes, Memory
from modules.cart.service.recovery import MailDone, MailInput, RecoveryService
from modules.cart.service.tills import CodeShown, TillDone, TillService

__all__ = [
    "Applied",
    "ArchiveService",
    "CartDeliveries",
    "CartFollowing",
    "CartQuotes",
    "CartService",
    "ClaimDone",
    "ClaimService",
    "CodeShown",
    "CopyService",
    "Created",
    "LinkDone",
    "LinkInput",
    "LinkService",
    "MailDone",
    "MailInput",
    "Memory",
    "OpenCarts",
    "RecoveryService",
    "Seen",
    "Sight",
    "TillDone",
    "TillService",
]
