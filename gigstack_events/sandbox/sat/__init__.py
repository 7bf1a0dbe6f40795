"""Descarga Masiva SAT: what the SAT has of a team, and the ways to get it."""
