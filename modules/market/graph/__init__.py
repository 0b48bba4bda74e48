"""Market's part of the graph: the places front ends and tills choose from, and how they are changed."""

from modules.kernel.graph import Part
from modules.market.graph.places import Mutation, Query

PART = Part("market", query=Query, mutation=Mutation)

__all__ = ["PART"]
