"""Notices: what people are told about events: texts, formats, and the ways to destinations."""
