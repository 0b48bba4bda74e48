"""The pure rules: who is in a segment at a moment, documents, and the checks of what is handed in."""
