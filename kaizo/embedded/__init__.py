"""Starts, supervises and stops everything a developer's instance needs, from wheels alone.

Standard library only: this code runs before anything of the product is known to work. Production
uses two things of it: `prepare` (migrations) and `sql/` (roles and grants).
"""
