"""The configurator's use cases."""
