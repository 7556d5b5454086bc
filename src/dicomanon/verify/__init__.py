"""The independent oracle: what an output still says, told by code that did not write it."""
