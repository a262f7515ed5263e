"""Proof of what was done: sealed events, and alarms about reading on a grand scale."""
