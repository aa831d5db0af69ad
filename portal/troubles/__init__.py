"""What could not be sent, on whatever way, and whether the clockwork runs: one page."""
