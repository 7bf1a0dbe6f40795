"""Rules: the file, its conditions, its commands."""
