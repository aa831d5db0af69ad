"""Whose turn it is: the rota over groups, its shifts, and who takes them."""
