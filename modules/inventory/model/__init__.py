"""What inventory speaks of: sources, levels, reservations."""
