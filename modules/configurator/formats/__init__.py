"""The configurator's model as plain values and as documents: written, read, compared, brought in from elsewhere."""
