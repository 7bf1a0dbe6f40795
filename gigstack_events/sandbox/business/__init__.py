"""A made-up business: what it is, and how it moves in."""
