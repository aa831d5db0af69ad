"""Notices to people: written in the transaction of the deed, sent afterwards, each at most once."""
