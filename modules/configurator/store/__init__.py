"""The configurator in the database."""
