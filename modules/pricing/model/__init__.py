"""What pricing speaks of: price rows, tax rules, price points, promotions, codes."""
