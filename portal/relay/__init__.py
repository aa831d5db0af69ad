"""The message pyramid: a bulletin goes down the tower, and the tree shows where it stopped."""
