"""What people have promised to do, with a clock on each: one list a person, nothing overnight."""
