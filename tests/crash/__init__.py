"""The real server killed again and again, and stormed by writers: what was acknowledged stays."""
