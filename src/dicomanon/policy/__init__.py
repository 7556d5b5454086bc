"""What to do with each element: pure, without I/O, clock or randomness."""
