"""What the configurator speaks of: characteristics, families, parts with their revisions, rules, choices."""
