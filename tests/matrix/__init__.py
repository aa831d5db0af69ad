"""Every route, for every duty, at every kind of target: what it answers and what it gives away."""
