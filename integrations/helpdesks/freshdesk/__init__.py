"""Freshdesk, API v2."""
