"""Refusing a request: proposed by one person, confirmed by another."""
