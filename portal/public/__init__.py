"""Residents ask, report and tip without an account, and read the answer by its number."""
