"""The calculation: pure, synchronous, in integers. `quote.py` and `answers.py` are its front doors."""
