"""What may be said of a price, in the graph's words."""

import strawberry

from modules.pricing.model.points import Verdict

strawberry.enum(
    Verdict,
    name="ReductionVerdict",
    description="What may be said of a price: it is no reduction; it may be announced; it may not, as it is not below"
    " the prior price; it may not, as it was never sold before.",
)

__all__ = ["Verdict"]
