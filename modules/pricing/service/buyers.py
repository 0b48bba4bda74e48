"""Buyers: customers as they are at the moment that is asked about."""

from __future__ import annotations

from dataclasses import replace

from modules.kernel.names import CustomerId
from modules.kernel.viewer import Viewer
from modules.pricing.ports import Customers


class Buyers:
    """Knows customers again, at another moment or after they changed. None: nobody here knows any."""

    def __init__(self, customers: Customers | None) -> None:
        self._customers = customers

    async def buying(self, viewer: Viewer, id: CustomerId | None = None) -> Viewer:
        """The viewer with this customer, his own unless told otherwise, in the segments of the viewer's moment.

        No customer, for one that is not known. It asks for no right: whoever names another customer must have them.
        """
        wanted = id or (viewer.customer.id if viewer.customer else None)
        if wanted is None or (self._customers is None and id is None):
            return viewer
        found = await self._customers.profiles([wanted], viewer.now) if self._customers else [None]
        return replace(viewer, customer=found[0])
