"""A cart on a device that is not always online: what the shopper does counts at once here and reaches the shop later.

Copy this folder. It needs `httpx` and `websockets`.
"""

from .cart import Cart
from .fold import Line
from .gateway import Rejected
from .state import Refusal
from .storage import FileStorage, MemoryStorage, Storage
from .view import View

__all__ = ["Cart", "FileStorage", "Line", "MemoryStorage", "Refusal", "Rejected", "Storage", "View"]
