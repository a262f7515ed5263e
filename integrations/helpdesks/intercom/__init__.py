"""Intercom, conversations of the API 2.16."""
