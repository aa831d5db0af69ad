"""What is passed on: text for the group chat and cards to share, counts only."""
