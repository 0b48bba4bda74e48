"""The composition: the only code that knows all modules."""
