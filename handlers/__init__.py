"""Reactions: each module here may offer handlers. Drop yours in beside them."""
