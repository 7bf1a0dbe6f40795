"""The engine's processes: a supervisor and its workers."""
