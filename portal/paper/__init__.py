"""Paper as a client of its own: floor sheets to tick on the stair, and the page that keys them."""
