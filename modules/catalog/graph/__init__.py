"""What the catalogue gives to the graph: products page by page, the tree of categories, and how both are changed."""

from modules.catalog.graph.commands import Mutation
from modules.catalog.graph.products import FIELDS, Query, exists, prefetch
from modules.kernel.graph import Part

PART = Part("catalog", query=Query, mutation=Mutation, product_fields=FIELDS, prefetch=prefetch, exists=exists)

__all__ = ["PART"]
