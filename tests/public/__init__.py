"""What residents write."""
