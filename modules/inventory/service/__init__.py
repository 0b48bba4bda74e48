"""What inventory does, by noun."""
