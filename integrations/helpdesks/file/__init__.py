"""Conversations from a file: JSON Lines (plain or gzip) and CSV. See README.md beside this file."""
