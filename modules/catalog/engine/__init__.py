"""The pure checks of what is handed in."""
