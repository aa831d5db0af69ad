"""A believable community to try the product on: invented people, six estates, a round half done.

Everything goes the way it goes in life: a roster is brought in, duties are given, doors are checked
off, shifts are walked, bulletins come down. Seeding twice changes nothing.
"""
