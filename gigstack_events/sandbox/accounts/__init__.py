"""Who works with the API: teams, users, keys, and the log of their calls."""
