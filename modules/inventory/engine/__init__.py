"""The calculations of inventory: pure, synchronous, without a clock."""
