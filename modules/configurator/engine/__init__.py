"""The configurator's calculations: pure, synchronous, told the time and the model as values."""
