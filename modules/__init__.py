"""The trade's modules, each with the same anatomy; none imports another."""
